#include "lib/rules/pack.h"

#include <algorithm>
#include <iterator>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/rules/acceptance.h"
#include "lib/rules/keys.h"
#include "lib/rules/overrides.h"
#include "lib/rules/parse.h"
#include "lib/rules/stages.h"

namespace tocsin {
namespace {

constexpr char kNoFeatures[] = R"({"type":"FeatureCollection","features":[]})";

// Reads the documents of a pack, each whatever is wrong with the others.
class Judge {
 public:
  Judge(const std::vector<Document>& documents, const std::vector<std::string>& names)
      : documents_(documents), names_(names) {}

  JudgedPack Run(const std::vector<MissionId>& live_missions) {
    std::vector<DocumentRef> refs;
    for (const Document& document : documents_) {
      CheckDocument(document);
      refs.push_back({document.kind, document.name, document.version,
                      document.sha256.empty() ? Sha256Hex(document.text) : document.sha256});
    }
    if (ReadRegisters()) {
      ReadRules();
      ReadAcceptances();
    }
    Pack& pack = judged_.pack;
    if (pack.areas_geojson.empty()) pack.areas_geojson = kNoFeatures;
    if (pack.corridors_geojson.empty()) pack.corridors_geojson = kNoFeatures;
    pack.live_missions = live_missions;
    std::sort(pack.live_missions.begin(), pack.live_missions.end());
    pack.live_missions.erase(std::unique(pack.live_missions.begin(), pack.live_missions.end()),
                             pack.live_missions.end());
    for (const MissionId& mission : pack.live_missions) {
      if (!pack.desks.contains(mission)) {
        Add("live_missions", "", StrCat("'", mission.str(), "' is not a desk"));
      }
    }
    pack.digest = DigestOf(refs, pack.live_missions);
    return std::move(judged_);
  }

 private:
  std::string NameOf(const Document& document) const {
    const size_t i = static_cast<size_t>(&document - documents_.data());
    return i < names_.size() ? names_[i] : document.kind + "/" + document.name;
  }

  void Add(std::string document, std::string key, std::string reason, std::string fix = "") {
    Keep({std::move(document), 0, 0, std::move(key), std::move(reason), std::move(fix), false});
  }

  void Keep(Problem problem) {
    if (judged_.problems.size() < kMostProblems) judged_.problems.push_back(std::move(problem));
  }

  void CheckDocument(const Document& document) {
    for (const std::string_view kind :
         {"rule", "types", "desks", "areas", "corridors", "actors", "acceptance", "overrides"}) {
      if (document.kind != kind) continue;
      if (!document.sha256.empty() && document.sha256 != Sha256Hex(document.text)) {
        Add(NameOf(document), "sha256", "is not that of the text");
      }
      return;
    }
    Add(NameOf(document), "kind", StrCat("'", document.kind, "' is not a kind of document"));
  }

  // The one document of a kind; nullptr if there is none.
  const Document* OneOf(std::string_view kind) {
    const Document* found = nullptr;
    for (const Document& document : documents_) {
      if (document.kind != kind) continue;
      if (found != nullptr) {
        Add(NameOf(document), "",
            StrCat("a pack has one document of the kind ", kind, ", and there is ",
                   NameOf(*found)));
        continue;
      }
      found = &document;
    }
    return found;
  }

  // In an order in which later ones name what is in earlier ones. False: one could not be read, so
  // that what is said of others would only follow from that.
  bool ReadRegisters() {
    struct Register {
      const char* kind;
      bool required;
      bool (*parse)(Problems& problems, const std::string& text, Pack& pack);
    };
    bool readable = true;
    for (const Register& one :
         {Register{"desks", true, ParseDesks}, Register{"types", true, ParseTypes},
          Register{"actors", false, ParseActors}, Register{"areas", false, ParseAreas},
          Register{"corridors", false, ParseCorridors}}) {
      const Document* const document = OneOf(one.kind);
      if (document == nullptr) {
        if (!one.required) continue;
        Add(one.kind, "", "the pack has no document of this kind");
        readable = false;
        continue;
      }
      if (!readable && std::string_view(one.kind) != "types") continue;
      Problems problems(NameOf(*document));
      readable = one.parse(problems, document->text, judged_.pack) && readable;
      for (const Problem& problem : problems.list()) Keep(problem);
    }
    return readable;
  }

  void ReadRules() {
    std::map<RuleId, std::string> names;
    for (const Document& document : documents_) {
      if (document.kind != "rule") continue;
      const std::string name = NameOf(document);
      Problems problems(name);
      std::optional<Rule> rule = ParseRule(problems, document.text, judged_.pack);
      for (const Problem& problem : problems.list()) Keep(problem);
      if (!rule) continue;
      if (rule->id.str() != document.name || rule->version != document.version) {
        Add(name, "id",
            StrCat("the text is of ", rule->id.str(), " version ", rule->version,
                   ", the document of ", document.name, " version ", document.version));
      }
      const auto [first, fresh] = names.emplace(rule->id, name);
      if (!fresh) {
        Add(name, "id", StrCat("two rules have the id ", rule->id.str()),
            StrCat("the other is ", first->second));
        continue;
      }
      judged_.pack.rules.push_back(*std::move(rule));
    }
    SortRules();
    JudgeStages(ReadOverrides());
  }

  void SortRules() {
    std::sort(judged_.pack.rules.begin(), judged_.pack.rules.end(),
              [](const Rule& a, const Rule& b) { return a.id < b.id; });
  }

  // When all rules are known. Returns the ids of all forms that documents name.
  std::set<RuleId> ReadOverrides() {
    std::map<RuleId, std::string_view> texts;
    for (const Document& document : documents_) {
      if (document.kind == "rule") texts.emplace(RuleId(document.name), document.text);
    }
    std::set<std::string> missions;
    OwnForms all;
    for (const Document& document : documents_) {
      if (document.kind != "overrides") continue;
      if (!missions.insert(document.name).second) {
        Add(NameOf(document), "", StrCat("two documents have the overrides of ", document.name));
        continue;
      }
      Problems problems(NameOf(document));
      OwnForms forms = ParseOverrides(problems, document.name, document.text, texts, judged_.pack);
      for (const Problem& problem : problems.list()) Keep(problem);
      std::move(forms.rules.begin(), forms.rules.end(), std::back_inserter(all.rules));
      all.named.merge(forms.named);
    }
    for (Rule& form : all.rules) {
      judged_.pack.own_forms.emplace(form.base, form.only_for);
      judged_.pack.rules.push_back(std::move(form));
    }
    SortRules();
    return std::move(all.named);
  }

  // When all rules are known: those that select warnings name some of them.
  void JudgeStages(std::set<RuleId> known) {
    for (const Document& document : documents_) {
      if (document.kind == "rule") known.insert(RuleId(document.name));
    }
    for (const Document& document : documents_) {
      if (document.kind != "rule") continue;
      const auto rule = std::find_if(
          judged_.pack.rules.begin(), judged_.pack.rules.end(),
          [&](const Rule& one) { return one.id.str() == document.name && one.SelectsWarnings(); });
      if (rule == judged_.pack.rules.end()) continue;
      Problems problems(NameOf(document));
      CheckSelectedRules(problems, document.text, *rule, judged_.pack.rules, known);
      // Its forms select what it selects, and may be among that.
      for (const Rule& form : judged_.pack.rules) {
        if (form.base != rule->id || !problems.list().empty()) continue;
        CheckSelectedRules(problems, document.text, form, judged_.pack.rules, known);
      }
      for (const Problem& problem : problems.list()) Keep(problem);
    }
    SetStages(judged_.pack.rules);
    for (const Rule& rule : judged_.pack.rules) {
      judged_.pack.trips = std::max(judged_.pack.trips, rule.trips);
    }
  }

  // After the rules, which they name.
  void ReadAcceptances() {
    for (const Document& document : documents_) {
      if (document.kind != "acceptance") continue;
      if (judged_.pack.accepted.contains(MissionId(document.name))) {
        Add(NameOf(document), "", StrCat("two acceptances are of ", document.name));
        continue;
      }
      Problems problems(NameOf(document));
      ParseAcceptance(problems, document.name, document.text, judged_.pack);
      for (const Problem& problem : problems.list()) Keep(problem);
    }
  }

  static constexpr size_t kMostProblems = 10'000;

  const std::vector<Document>& documents_;
  const std::vector<std::string>& names_;
  JudgedPack judged_;
};

}  // namespace

std::string Rule::KeySpec() const {
  std::string spec = cell_level ? StrCat(kOfOneRule, id.str()) : "";
  for (const std::string& name : group_by) spec += (spec.empty() ? "" : "+") + name;
  return SelectsWarnings() ? kOfWarnings + spec : spec;
}

std::string Rule::CellSpec() const {
  if (!cell_level) return {};
  std::string spec = StrCat(kOfCells, *cell_level);
  for (const std::string& name : group_by) spec += "+" + name;
  return spec;
}

const EventType* Pack::FindType(std::string_view type) const {
  const auto it = types.find(std::string(type));
  return it == types.end() ? nullptr : &it->second;
}

const Rule* Pack::FindRule(const RuleId& id) const {
  const auto it = std::lower_bound(rules.begin(), rules.end(), id,
                                   [](const Rule& rule, const RuleId& x) { return rule.id < x; });
  return it != rules.end() && it->id == id ? &*it : nullptr;
}

bool Pack::HasTaken(const MissionId& mission, const Rule& rule) const {
  if (rule.shadow || !std::binary_search(live_missions.begin(), live_missions.end(), mission)) {
    return false;
  }
  const auto taken = accepted.find(mission);
  return taken == accepted.end() || taken->second.contains(rule.base.empty() ? rule.id : rule.base);
}

bool Pack::LiveFor(const MissionId& mission, const Rule& rule) const {
  if (!HasTaken(mission, rule)) return false;
  return rule.base.empty() ? !own_forms.contains({rule.id, mission}) : rule.only_for == mission;
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

JudgedPack JudgePack(const std::vector<Document>& documents,
                     const std::vector<MissionId>& live_missions,
                     const std::vector<std::string>& names) {
  return Judge(documents, names).Run(live_missions);
}

absl::Status CheckNoDrafts(const Pack& pack) {
  for (const Rule& rule : pack.rules) {
    if (!rule.draft) continue;
    return absl::InvalidArgumentError(
        StrCat("rule/", rule.id.str(),
               ": state: is draft, and a draft is never published; make it shadow or live"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Pack> ParsePack(const std::vector<Document>& documents,
                               const std::vector<MissionId>& live_missions) {
  JudgedPack judged = JudgePack(documents, live_missions);
  for (const Problem& problem : judged.problems) {
    if (!problem.doubt) return absl::InvalidArgumentError(problem.Text());
  }
  return std::move(judged.pack);
}

}  // namespace tocsin
