#include "lib/rules/pack.h"

#include <algorithm>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

constexpr char kNoFeatures[] = R"({"type":"FeatureCollection","features":[]})";

std::string WhereOf(const Document& document) { return document.kind + "/" + document.name; }

// The one document of a kind; nullptr if there is none.
absl::StatusOr<const Document*> OneOf(const std::vector<Document>& documents, std::string_view kind,
                                      bool required) {
  const Document* found = nullptr;
  for (const Document& document : documents) {
    if (document.kind != kind) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(StrCat(WhereOf(document), ": a pack has one document of ",
                                               "the kind ", kind, ", and there is ",
                                               WhereOf(*found)));
    }
    found = &document;
  }
  if (found == nullptr && required) {
    return absl::InvalidArgumentError(StrCat(kind, ": the pack has no document of this kind"));
  }
  return found;
}

absl::Status CheckDocument(const Document& document) {
  for (const std::string_view kind : {"rule", "types", "desks", "areas", "corridors", "actors"}) {
    if (document.kind != kind) continue;
    if (!document.sha256.empty() && document.sha256 != Sha256Hex(document.text)) {
      return absl::InvalidArgumentError(
          StrCat(WhereOf(document), ": sha256: is not that of the text"));
    }
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      StrCat(WhereOf(document), ": kind: '", document.kind, "' is not a kind of document"));
}

absl::Status ParseRules(const std::vector<Document>& documents, Pack& pack) {
  for (const Document& document : documents) {
    if (document.kind != "rule") continue;
    const std::string where = WhereOf(document);
    TOCSIN_ASSIGN_OR_RETURN(Rule rule, ParseRule(where, document.text, pack));
    if (rule.id.str() != document.name || rule.version != document.version) {
      return absl::InvalidArgumentError(StrCat(where, ": id: the text is of ", rule.id.str(),
                                               " version ", rule.version, ", the document of ",
                                               document.name, " version ", document.version));
    }
    pack.rules.push_back(std::move(rule));
  }
  std::sort(pack.rules.begin(), pack.rules.end(),
            [](const Rule& a, const Rule& b) { return a.id < b.id; });
  for (size_t i = 1; i < pack.rules.size(); ++i) {
    if (pack.rules[i].id == pack.rules[i - 1].id) {
      return absl::InvalidArgumentError(
          StrCat("rule/", pack.rules[i].id.str(), ": id: two rules have it"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string Rule::KeySpec() const {
  std::string spec;
  for (const std::string& name : group_by) spec += (spec.empty() ? "" : "+") + name;
  return spec;
}

const EventType* Pack::FindType(std::string_view type) const {
  const auto it = types.find(std::string(type));
  return it == types.end() ? nullptr : &it->second;
}

const RegisterActor* Pack::FindActor(std::string_view name_as_reported) const {
  const auto alias = actor_by_alias.find(FoldName(name_as_reported));
  if (alias == actor_by_alias.end()) return nullptr;
  const auto it = actors.find(alias->second);
  return it == actors.end() ? nullptr : &it->second;
}

std::string FoldName(std::string_view name) {
  std::string folded;
  bool space = false;
  for (const char c : name) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
      space = !folded.empty();
      continue;
    }
    if (space) folded.push_back(' ');
    space = false;
    folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return folded;
}

absl::StatusOr<Pack> ParsePack(const std::vector<Document>& documents,
                               const std::vector<MissionId>& live_missions) {
  Pack pack;
  std::vector<DocumentRef> refs;
  for (const Document& document : documents) {
    TOCSIN_RETURN_IF_ERROR(CheckDocument(document));
    refs.push_back({document.kind, document.name, document.version,
                    document.sha256.empty() ? Sha256Hex(document.text) : document.sha256});
  }
  using Parser = absl::Status (*)(const std::string&, const std::string&, Pack&);
  struct Kind {
    const char* name;
    bool required;
    Parser parse;
  };
  // In this order: later ones name what is in earlier ones.
  for (const Kind& kind : {Kind{"desks", true, ParseDesks}, Kind{"types", true, ParseTypes},
                           Kind{"actors", false, ParseActors}, Kind{"areas", false, ParseAreas},
                           Kind{"corridors", false, ParseCorridors}}) {
    TOCSIN_ASSIGN_OR_RETURN(const Document* document, OneOf(documents, kind.name, kind.required));
    if (document == nullptr) continue;
    TOCSIN_RETURN_IF_ERROR(kind.parse(WhereOf(*document), document->text, pack));
  }
  if (pack.areas_geojson.empty()) pack.areas_geojson = kNoFeatures;
  if (pack.corridors_geojson.empty()) pack.corridors_geojson = kNoFeatures;
  TOCSIN_RETURN_IF_ERROR(ParseRules(documents, pack));

  pack.live_missions = live_missions;
  std::sort(pack.live_missions.begin(), pack.live_missions.end());
  pack.live_missions.erase(std::unique(pack.live_missions.begin(), pack.live_missions.end()),
                           pack.live_missions.end());
  for (const MissionId& mission : pack.live_missions) {
    if (!pack.desks.contains(mission)) {
      return absl::InvalidArgumentError(
          StrCat("live_missions: '", mission.str(), "' is not a desk"));
    }
  }
  pack.digest = DigestOf(refs, pack.live_missions);
  return pack;
}

}  // namespace tocsin
