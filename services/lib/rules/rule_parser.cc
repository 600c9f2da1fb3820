// One rule: docs/rules.md, A rule.
#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/match.h"
#include "lib/rules/parse.h"
#include "lib/rules/words.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {

using rules_internal::AttributeProblem;
using rules_internal::Desks;
using rules_internal::NoteDoubts;
using rules_internal::TypesAndPrefixes;
using rules_internal::TypesOf;

namespace {

constexpr size_t kMostSelections = 16;
constexpr char kCellWord[] = "cell";

const std::map<std::string, RuleKind>& Kinds() {
  static const std::map<std::string, RuleKind> kinds = {
      {"absence", RuleKind::kAbsence},
      {"composite", RuleKind::kComposite},
      {"divergence", RuleKind::kDivergence},
      {"event_count", RuleKind::kEventCount},
      {"movement", RuleKind::kMovement},
      {"near", RuleKind::kNear},
      {"surge", RuleKind::kSurge},
      {"temporal", RuleKind::kSequence},
      {"temporal_ordered", RuleKind::kSequence},
      {"value_count", RuleKind::kValueCount},
  };
  return kinds;
}

std::vector<std::string_view> KindWords() {
  std::vector<std::string_view> words;
  words.reserve(Kinds().size());
  for (const auto& [word, kind] : Kinds()) words.push_back(word);
  return words;
}

class RuleParser {
 public:
  RuleParser(Problems& problems, const YAML::Node& root, const Pack& pack)
      : problems_(problems), top_(problems_, root, ""), pack_(pack) {}

  std::optional<Rule> Parse() {
    rule_.id = RuleId(top_.Text("id"));
    if (!rule_.id.empty() && !IsId(rule_.id.str())) {
      top_.Bad("id", "must be lower-case letters, digits, '-' and '_'");
    }
    rule_.version = static_cast<int32_t>(top_.Integer("version", 1, INT32_MAX));
    MapReader titles(problems_, top_.Value("title"), "title");
    for (const auto& [language, text] : titles.Entries()) {
      rules_internal::CheckLanguage(titles, language);
      rule_.title[language] = titles.Text(language);
    }
    if (rule_.title.empty()) top_.Bad("title", "needs a text in one language at least");
    rule_.why = top_.Text("why");
    ReadState();
    const bool kind_known = ReadKind();
    ReadGroupBy();
    for (const auto& [name, node] : top_.Entries("selections")) ReadSelection(name, node);
    if (rule_.selections.empty()) top_.Bad("selections", "selects nothing");
    if (rule_.selections.size() > kMostSelections) {
      top_.Bad("selections", StrCat("are more than ", kMostSelections));
    }
    CheckGroupBy();
    MapReader condition(problems_, top_.Value("condition"), "condition");
    if (kind_known) {  // else nobody knows what belongs there
      ReadCondition(condition);
      condition.Done();
    }
    ReadAddress();
    rule_.urgency = top_.Word<Urgency>("urgency", UrgencyOfWord);
    rule_.response = top_.Word<ResponseType>("response", ResponseOfWord);
    MapReader label(problems_, top_.Value("label"), "label");
    rule_.label.classification = label.Word<Classification>("classification", ClassificationOfWord);
    rule_.label.tlp = label.Word<Tlp>("tlp", TlpOfWord);
    label.Done();
    rule_.lifetime = top_.Has("lifetime") ? top_.DurationAt("lifetime", false) : rule_.window;
    top_.Done();
    if (!problems_.status().ok()) return std::nullopt;
    NoteDoubts({top_, condition, problems_, pack_, rule_});
    return std::move(rule_);
  }

 private:
  bool ReadKind() {
    const std::string kind = top_.Text("kind");
    const auto known = Kinds().find(kind);
    if (known != Kinds().end()) {
      rule_.kind = known->second;
      rule_.sequence.ordered = kind == "temporal_ordered";
      return true;
    }
    if (!kind.empty()) {
      top_.Bad("kind", StrCat("'", kind, "' is not one of the kinds"), FixOf(kind, KindWords()));
    }
    return false;
  }

  void ReadState() {
    if (!top_.Has("state")) return;
    const std::string state = top_.Text("state");
    rule_.draft = state == "draft";
    rule_.shadow = rule_.draft || state == "shadow";
    if (!rule_.shadow && state != "live") {
      top_.Bad("state", StrCat("'", state, "' is not a state"),
               FixOf(state, {"live", "shadow", "draft"}));
    }
  }

  void ReadGroupBy() {
    rule_.group_by = top_.Texts("group_by");
    if (rule_.group_by.empty()) top_.Bad("group_by", "needs one field at least");
    for (const std::string& field : rule_.group_by) {
      if (field.find('+') != std::string::npos) top_.Bad("group_by", "a field may not have a '+'");
    }
    // It says how the search is spread and not what the warning is about.
    if (std::erase(rule_.group_by, kCellWord) == 0) return;
    rule_.cell_level = 0;  // known with the radius
    if (rule_.kind == RuleKind::kNear) return;
    top_.BadItem("group_by", kCellWord, "only near looks at what is close to an event",
                 "leave it out, or group by area");
  }

  // After the selections: their types say which attributes there are.
  void CheckGroupBy() {
    for (const std::string& field : rule_.group_by) {
      if (IsKeyWord(field)) continue;
      if (rule_.SelectsWarnings()) {
        top_.BadItem("group_by", field,
                     StrCat("'", field, "' is not actor, area, corridor or mission"),
                     FixOf(field, {"actor", "area", "corridor", "mission"}));
        continue;
      }
      std::vector<const EventType*> types;
      for (const Selection& selection : rule_.selections) {
        for (const EventType* type : TypesOf(pack_, selection)) types.push_back(type);
      }
      const std::string problem = AttributeProblem(types, field, "");
      if (!problem.empty()) {
        top_.BadItem("group_by", field,
                     StrCat("'", field, "' is not actor, area, corridor or mission, and ", problem),
                     FixOf(field, {"actor", "area", "cell", "corridor", "mission"}));
      }
    }
  }

  bool GroupsBy(std::string_view field) const {
    return std::find(rule_.group_by.begin(), rule_.group_by.end(), field) != rule_.group_by.end();
  }

  void ReadSelection(const std::string& name, const YAML::Node& node) {
    MapReader in(problems_, node, "selections." + name);
    Selection selection;
    selection.name = name;
    if (!IsId(name)) in.Bad("", "must be lower-case letters, digits, '-' and '_'");
    if (rule_.SelectsWarnings()) return ReadWarnings(in, std::move(selection));
    if (in.Has("rules")) {
      in.Bad("rules",
             "only a composite selects warnings: they come when they come, and no deadline could "
             "wait for them");
      in.Done();
      return;
    }
    selection.types = in.Texts("types");
    if (selection.types.empty()) in.Bad("types", "selects nothing");
    for (const std::string& type : selection.types) {
      if (TypesOf(pack_, Selection{.name = "", .types = {type}}).empty()) {
        const std::vector<std::string> words = TypesAndPrefixes(pack_);
        in.BadItem("types", type, StrCat("'", type, "' selects no type of the taxonomy"),
                   FixOf(type, {words.begin(), words.end()}));
      }
    }
    for (const std::string& word : in.Texts("natures")) {
      const std::optional<Nature> nature = NatureOfWord(word);
      if (!nature) {
        in.BadItem("natures", word, StrCat("'", word, "' is not a nature"),
                   FixOf(word, WordsOf(Nature{})));
      }
      selection.natures.push_back(nature.value_or(Nature::kObserved));
    }
    if (selection.natures.empty()) selection.natures = {Nature::kObserved};
    for (std::string& mission : in.Texts("missions")) {
      if (!pack_.desks.contains(MissionId(mission))) {
        in.BadItem("missions", mission, StrCat("'", mission, "' is not a desk"),
                   FixOf(mission, Desks(pack_)));
      }
      selection.missions.emplace_back(std::move(mission));
    }
    selection.actor_classes = in.Texts("actor_classes");
    for (const std::string& word : selection.actor_classes) {
      if (IsActorClass(word)) continue;
      in.BadItem("actor_classes", word, StrCat("'", word, "' is not a class"),
                 FixOf(word, ActorClasses()));
    }
    selection.actor_roles = in.Texts("actor_roles");
    if (in.Has("where")) {
      MapReader where(problems_, in.Value("where"), "selections." + name + ".where");
      for (const auto& [attribute, value] : where.Entries()) {
        selection.where[attribute] = where.Text(attribute);
        const std::string problem =
            AttributeProblem(TypesOf(pack_, selection), attribute, selection.where[attribute]);
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

  // Whether there are such rules is known when all have been read: stages.h.
  void ReadWarnings(MapReader& in, Selection selection) {
    for (std::string& id : in.Texts("rules")) {
      if (!IsRuleOrFormId(id))
        in.BadItem("rules", id, StrCat("'", id, "' is not the id of a rule"));
      selection.rules.emplace_back(std::move(id));
    }
    if (selection.rules.empty()) in.Bad("rules", "selects nothing");
    if (in.Has("min_severity")) {
      selection.min_severity = in.Word<Severity>("min_severity", SeverityOfWord);
    }
    in.Done();
    rule_.selections.push_back(std::move(selection));
  }

  void ReadCondition(MapReader& condition) {
    const rules_internal::ConditionContext in{top_, condition, problems_, pack_, rule_};
    switch (rule_.kind) {
      case RuleKind::kEventCount:
      case RuleKind::kValueCount:
        return ReadCount(in);
      case RuleKind::kNear:
        return ReadNear(in);
      case RuleKind::kAbsence:
        return ReadAbsence(in);
      case RuleKind::kSequence:
        return ReadSequence(in);
      case RuleKind::kDivergence:
        return ReadDivergence(in);
      case RuleKind::kMovement:
        return ReadMovement(in);
      case RuleKind::kSurge:
        return ReadSurge(in);
      case RuleKind::kComposite:
        return ReadComposite(in);
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
        top_.BadItem("address", word, "other_side needs group_by corridor");
      }
      if (word == "ahead" && rule_.kind != RuleKind::kMovement) {
        top_.BadItem("address", word, "ahead needs kind movement");
      }
      // A warning that others rest on has its evidence's labels only in part.
      if (word == "releasable_to" && rule_.kind == RuleKind::kComposite) {
        top_.BadItem("address", word, "releasable_to is not for kind composite");
      }
      if (word != "evidence_areas" && word != "other_side" && word != "neighbours" &&
          word != "originators" && word != "ahead" && word != "releasable_to" && word != "all" &&
          !pack_.desks.contains(MissionId(word))) {
        std::vector<std::string_view> known = {
            "evidence_areas", "other_side",    "neighbours", "originators",
            "ahead",          "releasable_to", "all"};
        for (const std::string_view desk : Desks(pack_)) known.push_back(desk);
        top_.BadItem("address", word,
                     StrCat("'", word, "' is neither a word for addressees nor a desk"),
                     FixOf(word, known));
      }
    }
  }

  Problems& problems_;
  MapReader top_;
  const Pack& pack_;
  Rule rule_;
};

}  // namespace

absl::StatusOr<std::pair<RuleId, int32_t>> RuleNameAndVersion(const std::string& where,
                                                              const std::string& text) {
  Problems problems(where);
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRuleBytes);
  if (!root) return problems.status();
  MapReader in(problems, *root, "");
  const RuleId id(in.Text("id"));
  const auto version = static_cast<int32_t>(in.Integer("version", 1, INT32_MAX));
  if (!problems.status().ok()) return problems.status();
  return std::make_pair(id, version);
}

std::optional<Rule> ParseRule(Problems& problems, const std::string& text, const Pack& pack) {
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRuleBytes);
  if (!root) return std::nullopt;
  return ParseRule(problems, *root, pack);
}

std::optional<Rule> ParseRule(Problems& problems, const YAML::Node& root, const Pack& pack) {
  return RuleParser(problems, root, pack).Parse();
}

absl::StatusOr<Rule> ParseRule(const std::string& where, const std::string& text,
                               const Pack& pack) {
  Problems problems(where);
  std::optional<Rule> rule = ParseRule(problems, text, pack);
  if (!rule) return problems.status();
  return *std::move(rule);
}

}  // namespace tocsin
