// Desks, taxonomy and actor register.
#include <algorithm>

#include "lib/base/text.h"
#include "lib/domain/utf8.h"
#include "lib/rules/condition.h"
#include "lib/rules/parse.h"
#include "lib/rules/schedule.h"
#include "lib/rules/words.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {
namespace {

Label ReadLabel(Problems& problems, const YAML::Node& node, const std::string& path, bool sharing) {
  Label label;
  MapReader in(problems, node, path);
  label.classification = in.Word<Classification>("classification", ClassificationOfWord);
  label.tlp = in.Word<Tlp>("tlp", TlpOfWord);
  if (sharing) {
    for (std::string& mission : in.Texts("releasable_to")) {
      label.releasable_to.emplace_back(std::move(mission));
    }
    label.caveats = in.Texts("caveats");
    std::sort(label.releasable_to.begin(), label.releasable_to.end());
    std::sort(label.caveats.begin(), label.caveats.end());
  }
  in.Done();
  return label;
}

std::vector<ZoneOffset> ReadOffsets(Problems& problems, const YAML::Node& node,
                                    const std::string& path) {
  std::vector<ZoneOffset> offsets;
  if (!node.IsSequence() || node.size() == 0) {
    problems.Add(node, path, "must be a list of {from, utc}, one at least");
    return offsets;
  }
  for (size_t i = 0; i < node.size(); ++i) {
    MapReader in(problems, node[i], StrCat(path, "[", i, "]"));
    const std::optional<Time> from = MomentOf(in.Text("from"));
    const std::optional<Duration> offset = OffsetOf(in.Text("utc"));
    in.Done();
    if (!from) in.Bad("from", "must be a date or a moment of UTC, 2000-01-15T10:00Z");
    if (!offset) in.Bad("utc", "must be an offset, \"+03:00\"");
    if (!from || !offset) continue;
    if (!offsets.empty() && *from <= offsets.back().from) {
      in.Bad("from", "is not after the one before");
    }
    offsets.push_back({*from, *offset});
  }
  return offsets;
}

void ReadTexts(Problems& problems, const YAML::Node& node, const std::string& path) {
  MapReader in(problems, node, path);
  for (const auto& [language, text] : in.Entries()) {
    rules_internal::CheckLanguage(in, language);
    in.Text(language);
  }
}

bool IsTypeName(std::string_view name) {
  bool dot = false;
  char last = '.';
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!letter && (c != '.' || last == '.')) return false;
    dot = dot || c == '.';
    last = c;
  }
  return dot && last != '.' && name.size() <= 128;
}

std::string ReadAttribute(Problems& problems, const YAML::Node& node, const std::string& path) {
  if (node.IsScalar()) {
    const std::string& word = node.Scalar();
    if (word == "text" || word == "integer" || word == "number" || word == "boolean") return word;
  } else if (node.IsSequence() && node.size() > 0) {
    std::string joined;
    std::map<std::string, std::string> looks;
    for (const YAML::Node& value : node) {
      if (!value.IsScalar() || value.Scalar().empty() ||
          value.Scalar().find('|') != std::string::npos) {
        problems.Add(value, path, "an allowed value must be text without '|'");
        return {};
      }
      joined += (joined.empty() ? "" : "|") + value.Scalar();
      const auto [it, fresh] = looks.emplace(LookOf(value.Scalar()), value.Scalar());
      if (!fresh) {
        problems.Add(value.Mark(), path,
                     StrCat("'", value.Scalar(), "' looks like '", it->second, "'"),
                     "keep one of them; values compare letter by letter", true);
      }
    }
    return joined;
  }
  problems.Add(node, path, "must be text, integer, number, boolean or a list of allowed values");
  return {};
}

}  // namespace

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool IsRuleOrFormId(std::string_view text) {
  const size_t at = std::min(text.find('@'), text.size());
  return IsId(text.substr(0, at)) && (at == text.size() || IsId(text.substr(at + 1)));
}

bool ParseDesks(Problems& problems, const std::string& text, Pack& pack) {
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRegisterBytes);
  if (!root) return false;
  MapReader top(problems, *root, "");
  for (const auto& [name, node] : top.Entries("desks")) {
    const std::string path = "desks." + name;
    MapReader in(problems, node, path);
    if (!IsId(name)) in.Bad("", "is not an id: lower-case letters, digits, '-' and '_'");
    Desk desk;
    desk.mission = MissionId(name);
    desk.title = in.Text("title");
    desk.zone = in.Text("zone");
    if (in.Has("offsets")) {
      desk.offsets = ReadOffsets(problems, in.Value("offsets"), path + ".offsets");
    }
    desk.floor = ReadLabel(problems, in.Value("floor"), path + ".floor", false);
    desk.default_label =
        ReadLabel(problems, in.Value("default_label"), path + ".default_label", true);
    desk.floor.originator = desk.default_label.originator = desk.mission;
    if (desk.default_label.classification < desk.floor.classification ||
        desk.default_label.tlp < desk.floor.tlp) {
      in.Bad("default_label", "is looser than the floor");
    }
    if (in.Has("watch")) desk.watch = in.DurationAt("watch", false);
    if (in.Has("budget")) {
      MapReader budget(problems, in.Value("budget"), path + ".budget");
      desk.warnings_per_watch = budget.Integer("warnings_per_watch", 0, INT64_MAX);
      budget.Done();
    }
    in.Done();
    pack.desks.emplace(desk.mission, std::move(desk));
  }
  top.Done();
  const std::vector<std::string_view> known = rules_internal::Desks(pack);
  for (const auto& [mission, desk] : pack.desks) {
    for (const MissionId& to : desk.default_label.releasable_to) {
      if (to.str() != "*" && !pack.desks.contains(to)) {
        problems.Add(StrCat("desks.", mission.str(), ".default_label.releasable_to"),
                     StrCat("'", to.str(), "' is not a desk"), FixOf(to.str(), known));
      }
    }
  }
  return true;
}

bool ParseTypes(Problems& problems, const std::string& text, Pack& pack) {
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRegisterBytes);
  if (!root) return false;
  MapReader top(problems, *root, "");
  for (const auto& [name, node] : top.Entries("types")) {
    const std::string path = "types." + name;
    MapReader in(problems, node, path);
    if (!IsTypeName(name)) in.Bad("", "is not a dotted name of lower-case words");
    if (name.starts_with(kWarningTypes)) {
      in.Bad("", StrCat("begins with ", kWarningTypes, ", as the types of warnings do"));
    }
    EventType type;
    type.name = name;
    const std::string stream = in.Text("stream");
    type.sitreps = stream == "sitreps" || stream == "both";
    type.sensors = stream == "sensors" || stream == "both";
    if (!stream.empty() && !type.sitreps && !type.sensors) {
      in.Bad("stream", "must be sitreps, sensors or both",
             FixOf(stream, {"sitreps", "sensors", "both"}));
    }
    type.lateness = in.DurationAt("lateness", true);
    ReadTexts(problems, in.Value("title"), path + ".title");
    if (in.Has("attributes")) {
      MapReader attributes(problems, in.Value("attributes"), path + ".attributes");
      for (const auto& [attribute, value] : attributes.Entries()) {
        if (!IsId(attribute))
          attributes.Bad(attribute, "must be lower-case letters, digits, '-' and '_'");
        type.attributes[attribute] =
            ReadAttribute(problems, value, StrCat(path, ".attributes.", attribute));
      }
    }
    in.Done();
    pack.types.emplace(name, std::move(type));
  }
  top.Done();
  return true;
}

// Aliases that only bytes tell apart, of two actors: reports name now the one, now the other.
void DoubtLookAlikes(Problems& problems, const std::map<ActorId, YAML::Mark>& at,
                     const Pack& pack) {
  std::map<std::string, const std::pair<const std::string, ActorId>*> looks;
  for (const auto& alias : pack.actor_by_alias) {
    const auto [it, fresh] = looks.emplace(LookOf(alias.first), &alias);
    if (fresh || it->second->second == alias.second) continue;
    problems.Add(at.at(alias.second), StrCat("actors.", alias.second.str(), ".aliases"),
                 StrCat("'", alias.first, "' looks like '", it->second->first, "', an alias of ",
                        it->second->second.str()),
                 "keep it with one of them; accents that are written apart and letters in another "
                 "case make another name",
                 true);
  }
}

bool ParseActors(Problems& problems, const std::string& text, Pack& pack) {
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRegisterBytes);
  if (!root) return false;
  MapReader top(problems, *root, "");
  std::map<ActorId, YAML::Mark> at;
  for (const auto& [name, node] : top.Entries("actors")) {
    MapReader in(problems, node, "actors." + name);
    at.emplace(ActorId(name), node.Mark());
    if (!IsId(name)) in.Bad("", "is not an id: lower-case letters, digits, '-' and '_'");
    RegisterActor actor;
    actor.id = ActorId(name);
    actor.actor_class = in.Text("class");
    if (!actor.actor_class.empty() && !IsActorClass(actor.actor_class)) {
      in.Bad("class", "must be armed_group, government, civilians, mission or other",
             FixOf(actor.actor_class, ActorClasses()));
    }
    actor.title = in.Text("title");
    actor.aliases = in.Texts("aliases");
    for (const std::string& alias : actor.aliases) {
      const std::string folded = FoldName(alias);
      if (folded.empty()) {
        in.BadItem("aliases", alias, "an alias is only white space");
        continue;
      }
      const auto [it, fresh] = pack.actor_by_alias.emplace(folded, actor.id);
      if (!fresh && it->second != actor.id) {
        in.BadItem("aliases", alias,
                   StrCat("'", alias, "' is an alias of ", it->second.str(), " too"));
      }
    }
    in.Done();
    pack.actors.emplace(actor.id, std::move(actor));
  }
  top.Done();
  DoubtLookAlikes(problems, at, pack);
  return true;
}

}  // namespace tocsin
