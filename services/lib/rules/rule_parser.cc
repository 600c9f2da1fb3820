// One rule: docs/rules.md, A rule.
#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/parse.h"
#include "lib/rules/words.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {

using rules_internal::AttributeProblem;
using rules_internal::TypesOf;

namespace {

constexpr size_t kMostSelections = 16;

const std::map<std::string, RuleKind>& Kinds() {
  static const std::map<std::string, RuleKind> kinds = {
      {"absence", RuleKind::kAbsence},
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

std::string KindWords() {
  std::string words;
  for (const auto& [word, kind] : Kinds()) words += StrCat(words.empty() ? "" : ", ", word);
  return words;
}

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
    const auto known = Kinds().find(kind);
    if (known != Kinds().end()) {
      rule_.kind = known->second;
      rule_.sequence.ordered = kind == "temporal_ordered";
    } else if (!kind.empty()) {
      top_.Bad("kind", StrCat("'", kind, "' is not one of ", KindWords()));
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

  void ReadSelection(const std::string& name, const YAML::Node& node) {
    MapReader in(problems_, node, "selections." + name);
    Selection selection;
    selection.name = name;
    if (!IsId(name)) in.Bad("", "must be lower-case letters, digits, '-' and '_'");
    selection.types = in.Texts("types");
    if (selection.types.empty()) in.Bad("types", "selects nothing");
    for (const std::string& type : selection.types) {
      if (TypesOf(pack_, Selection{"", {type}, {}, {}, {}, {}, {}, {}}).empty()) {
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
      if (word == "ahead" && rule_.kind != RuleKind::kMovement) {
        top_.Bad("address", "ahead needs kind movement");
      }
      if (word != "evidence_areas" && word != "other_side" && word != "neighbours" &&
          word != "originators" && word != "ahead" && word != "all" &&
          !pack_.desks.contains(MissionId(word))) {
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
