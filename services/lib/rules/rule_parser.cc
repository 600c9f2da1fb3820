// One rule: docs/rules.md, A rule.
#include <algorithm>
#include <cmath>

#include "lib/base/text.h"
#include "lib/rules/parse.h"
#include "lib/rules/words.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {
namespace {

constexpr double kHalfGreatCircleKm = 20016;
constexpr int64_t kMostCount = 1'000'000;
constexpr size_t kMostNearSelections = 4;
constexpr size_t kMostSelections = 16;

class RuleParser {
 public:
  RuleParser(const std::string& where, const YAML::Node& root, const Pack& pack)
      : problems_(where), top_(problems_, root, ""), pack_(pack) {}

  absl::StatusOr<Rule> Parse() {
    rule_.id = RuleId(top_.Text("id"));
    if (!rule_.id.empty() && !IsId(rule_.id.str())) {
      top_.Bad("id", "must be lower-case letters, digits, '-' and '_'");
    }
    rule_.version = static_cast<int32_t>(top_.Integer("version", 1, INT32_MAX));
    MapReader titles(problems_, top_.Value("title"), "title");
    for (const auto& [language, text] : titles.Entries()) {
      rule_.title[language] = titles.Text(language);
    }
    if (rule_.title.empty()) top_.Bad("title", "needs a text in one language at least");
    top_.Text("why");
    ReadKind();
    ReadGroupBy();
    for (const auto& [name, node] : top_.Entries("selections")) ReadSelection(name, node);
    if (rule_.selections.empty()) top_.Bad("selections", "selects nothing");
    if (rule_.selections.size() > kMostSelections) {
      top_.Bad("selections", StrCat("are more than ", kMostSelections));
    }
    MapReader condition(problems_, top_.Value("condition"), "condition");
    ReadCondition(condition);
    condition.Done();
    ReadAddress();
    rule_.urgency = top_.Word<Urgency>("urgency", UrgencyOfWord);
    rule_.response = top_.Word<ResponseType>("response", ResponseOfWord);
    MapReader label(problems_, top_.Value("label"), "label");
    rule_.label.classification = label.Word<Classification>("classification", ClassificationOfWord);
    rule_.label.tlp = label.Word<Tlp>("tlp", TlpOfWord);
    label.Done();
    rule_.lifetime = top_.Has("lifetime") ? top_.DurationAt("lifetime", false) : rule_.window;
    top_.Done();
    if (!problems_.status().ok()) return problems_.status();
    return std::move(rule_);
  }

 private:
  void ReadKind() {
    const std::string kind = top_.Text("kind");
    if (kind == "event_count") {
      rule_.kind = RuleKind::kEventCount;
    } else if (kind == "value_count") {
      rule_.kind = RuleKind::kValueCount;
    } else if (kind == "near") {
      rule_.kind = RuleKind::kNear;
    } else if (kind == "absence") {
      rule_.kind = RuleKind::kAbsence;
    } else if (!kind.empty()) {
      top_.Bad("kind", "must be event_count, value_count, near or absence");
    }
  }

  void ReadGroupBy() {
    rule_.group_by = top_.Texts("group_by");
    if (rule_.group_by.empty()) top_.Bad("group_by", "needs one field at least");
    for (const std::string& field : rule_.group_by) {
      if (field != "actor" && field != "area" && field != "corridor" && field != "feed" &&
          field != "mission") {
        top_.Bad("group_by", StrCat("'", field, "' is not actor, area, corridor, feed or mission"));
      }
    }
  }

  bool GroupsBy(std::string_view field) const {
    return std::find(rule_.group_by.begin(), rule_.group_by.end(), field) != rule_.group_by.end();
  }

  // Types of the taxonomy that the selection names.
  std::vector<const EventType*> TypesOf(const Selection& selection) const {
    std::vector<const EventType*> types;
    for (const auto& [name, type] : pack_.types) {
      for (const std::string& wanted : selection.types) {
        if (wanted == name ||
            (wanted.ends_with(".*") && name.starts_with(wanted.substr(0, wanted.size() - 1)))) {
          types.push_back(&type);
          break;
        }
      }
    }
    return types;
  }

  // Why no selected type can have the attribute with this value (empty: any value); empty if one
  // can.
  std::string AttributeProblem(const std::vector<const EventType*>& types, const std::string& name,
                               const std::string& value) const {
    bool known = false;
    for (const EventType* type : types) {
      const auto it = type->attributes.find(name);
      if (it == type->attributes.end()) continue;
      known = true;
      const std::string& kind = it->second;
      const bool open =
          kind == "text" || kind == "integer" || kind == "number" || kind == "boolean";
      if (open || value.empty() ||
          StrCat("|", kind, "|").find(StrCat("|", value, "|")) != std::string::npos) {
        return {};
      }
    }
    return known ? StrCat("no selected type allows '", value, "' for ", name)
                 : StrCat("no selected type has the attribute ", name);
  }

  void ReadSelection(const std::string& name, const YAML::Node& node) {
    MapReader in(problems_, node, "selections." + name);
    Selection selection;
    selection.name = name;
    if (!IsId(name)) in.Bad("", "must be lower-case letters, digits, '-' and '_'");
    selection.types = in.Texts("types");
    if (selection.types.empty()) in.Bad("types", "selects nothing");
    for (const std::string& type : selection.types) {
      if (TypesOf(Selection{"", {type}, {}, {}, {}, {}, {}, {}}).empty()) {
        in.Bad("types", StrCat("'", type, "' selects no type of the taxonomy"));
      }
    }
    for (const std::string& word : in.Texts("natures")) {
      const std::optional<Nature> nature = NatureOfWord(word);
      if (!nature) in.Bad("natures", StrCat("'", word, "' is not a nature"));
      selection.natures.push_back(nature.value_or(Nature::kObserved));
    }
    if (selection.natures.empty()) selection.natures = {Nature::kObserved};
    for (std::string& mission : in.Texts("missions")) {
      if (!pack_.desks.contains(MissionId(mission))) {
        in.Bad("missions", StrCat("'", mission, "' is not a desk"));
      }
      selection.missions.emplace_back(std::move(mission));
    }
    selection.actor_classes = in.Texts("actor_classes");
    for (const std::string& word : selection.actor_classes) {
      if (!IsActorClass(word)) in.Bad("actor_classes", StrCat("'", word, "' is not a class"));
    }
    selection.actor_roles = in.Texts("actor_roles");
    if (in.Has("where")) {
      MapReader where(problems_, in.Value("where"), "selections." + name + ".where");
      for (const auto& [attribute, value] : where.Entries()) {
        selection.where[attribute] = where.Text(attribute);
        const std::string problem =
            AttributeProblem(TypesOf(selection), attribute, selection.where[attribute]);
        if (!problem.empty()) where.Bad(attribute, problem);
      }
    }
    if (in.Has("min")) {
      MapReader min(problems_, in.Value("min"), "selections." + name + ".min");
      const auto least = [&](const char* key) -> std::optional<int64_t> {
        if (!min.Has(key)) return std::nullopt;
        return min.Integer(key, 0, INT64_MAX);
      };
      selection.min = {least("killed"), least("injured"), least("displaced"), least("affected")};
      min.Done();
    }
    in.Done();
    rule_.selections.push_back(std::move(selection));
  }

  void ReadSeverities(MapReader& in) {
    MapReader severities(problems_, in.Value("severities"), "condition.severities");
    for (const auto& [word, node] : severities.Entries()) {
      const std::optional<Severity> severity = SeverityOfWord(word);
      if (!severity) severities.Bad(word, "is not minor, moderate, severe or extreme");
      const int64_t count = severities.Integer(word, 1, kMostCount);
      if (severity) rule_.severities[*severity] = count;
    }
    if (rule_.severities.empty()) in.Bad("severities", "needs one at least");
    int64_t last = 0;
    for (const auto& [severity, count] : rule_.severities) {
      if (count <= last) in.Bad("severities", "a graver one must need a greater count");
      last = count;
    }
  }

  void ReadCondition(MapReader& in) {
    switch (rule_.kind) {
      case RuleKind::kEventCount:
        rule_.window = in.DurationAt("window", false);
        ReadSeverities(in);
        break;
      case RuleKind::kValueCount:
        rule_.window = in.DurationAt("window", false);
        ReadSeverities(in);
        ReadField(in);
        break;
      case RuleKind::kNear:
        ReadNear(in);
        break;
      case RuleKind::kAbsence:
        rule_.window = in.DurationAt("every", false);
        rule_.severity = in.Word<Severity>("severity", SeverityOfWord);
        if (rule_.selections.size() > 1) top_.Bad("selections", "an absence is of one selection");
        break;
    }
  }

  void ReadField(MapReader& in) {
    rule_.field = in.Text("field");
    if (rule_.field.empty() || rule_.field == "area" || rule_.field == "mission" ||
        rule_.field == "corridor" || rule_.field == "origin") {
      return;
    }
    std::vector<const EventType*> types;
    for (const Selection& selection : rule_.selections) {
      for (const EventType* type : TypesOf(selection)) types.push_back(type);
    }
    const std::string problem = AttributeProblem(types, rule_.field, "");
    if (!problem.empty()) in.Bad("field", problem);
  }

  void ReadNear(MapReader& in) {
    rule_.window = in.DurationAt("within", false);
    const double radius_km = in.Number("radius_km");
    if (radius_km < 0.001 || radius_km > kHalfGreatCircleKm) {
      in.Bad("radius_km", "must be from 0.001 to half a great circle");
    } else {
      rule_.radius_m = std::llround(radius_km * 1000);
    }
    rule_.severity = in.Word<Severity>("severity", SeverityOfWord);
    rule_.all_of = in.Texts("all_of");
    if (rule_.all_of.size() < 2 || rule_.all_of.size() > kMostNearSelections) {
      in.Bad("all_of", StrCat("must name from 2 to ", kMostNearSelections, " selections"));
    }
    const auto named = [&](const std::string& name) {
      return std::any_of(rule_.selections.begin(), rule_.selections.end(),
                         [&](const Selection& s) { return s.name == name; });
    };
    for (const std::string& name : rule_.all_of) {
      if (!named(name)) in.Bad("all_of", StrCat("'", name, "' is not a selection"));
    }
    if (rule_.all_of.size() < rule_.selections.size()) {
      in.Bad("all_of", "leaves out a selection");
    }
  }

  void ReadAddress() {
    const YAML::Node node = top_.Value("address");
    if (node.IsDefined() && node.IsScalar()) {
      rule_.address = {top_.Text("address")};
    } else {
      rule_.address = top_.Texts("address");
    }
    if (rule_.address.empty()) top_.Bad("address", "addresses nobody");
    for (const std::string& word : rule_.address) {
      if (word == "other_side" && !GroupsBy("corridor")) {
        top_.Bad("address", "other_side needs group_by corridor");
      }
      if (word != "evidence_areas" && word != "other_side" && word != "neighbours" &&
          word != "originators" && word != "all" && !pack_.desks.contains(MissionId(word))) {
        top_.Bad("address", StrCat("'", word, "' is neither a word for addressees nor a desk"));
      }
    }
  }

  Problems problems_;
  MapReader top_;
  const Pack& pack_;
  Rule rule_;
};

}  // namespace

absl::StatusOr<std::pair<RuleId, int32_t>> RuleNameAndVersion(const std::string& where,
                                                              const std::string& text) {
  const absl::StatusOr<YAML::Node> root = LoadYaml(where, text, kMostRuleBytes);
  if (!root.ok()) return root.status();
  Problems problems(where);
  MapReader in(problems, *root, "");
  const RuleId id(in.Text("id"));
  const auto version = static_cast<int32_t>(in.Integer("version", 1, INT32_MAX));
  if (!problems.status().ok()) return problems.status();
  return std::make_pair(id, version);
}

absl::StatusOr<Rule> ParseRule(const std::string& where, const std::string& text,
                               const Pack& pack) {
  const absl::StatusOr<YAML::Node> root = LoadYaml(where, text, kMostRuleBytes);
  if (!root.ok()) return root.status();
  return RuleParser(where, *root, pack).Parse();
}

}  // namespace tocsin
