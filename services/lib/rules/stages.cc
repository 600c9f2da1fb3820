#include "lib/rules/stages.h"

#include <algorithm>
#include <iterator>

#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

const Rule* Find(const std::vector<Rule>& rules, const RuleId& id) {
  const auto it =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.id == id; });
  return it == rules.end() ? nullptr : &*it;
}

std::set<RuleId> SelectedBy(const Rule& rule) {
  std::set<RuleId> selected;
  for (const Selection& selection : rule.selections) {
    selected.insert(selection.rules.begin(), selection.rules.end());
  }
  return selected;
}

// A shortest way from `from` to `to` over the rules that each selects; empty if there is none.
std::vector<RuleId> WayTo(const std::vector<Rule>& rules, const RuleId& from, const RuleId& to) {
  std::vector<std::vector<RuleId>> ways = {{from}};
  std::set<RuleId> seen = {from};
  for (size_t i = 0; i < ways.size(); ++i) {
    std::vector<RuleId> way = ways[i];
    if (way.back() == to) return way;
    const Rule* const rule = Find(rules, way.back());
    if (rule == nullptr) continue;
    for (const RuleId& next : SelectedBy(*rule)) {
      if (!seen.insert(next).second) continue;
      ways.push_back(way);
      ways.back().push_back(next);
    }
  }
  return {};
}

}  // namespace

void CheckSelectedRules(Problems& problems, const std::string& text, const Rule& rule,
                        const std::vector<Rule>& rules, const std::set<RuleId>& known) {
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRuleBytes);
  if (!root) return;
  MapReader top(problems, *root, "");
  std::vector<std::string_view> words;
  for (const Rule& one : rules) {
    if (one.id != rule.id) words.push_back(one.id.str());
  }
  for (const auto& [name, node] : top.Entries("selections")) {
    MapReader in(problems, node, "selections." + name);
    for (const std::string& word : in.Texts("rules")) {
      const RuleId id(word);
      const Rule* const other = Find(rules, id);
      if (other == nullptr) {
        if (known.contains(id)) continue;
        in.BadItem("rules", word, StrCat("the pack has no rule '", word, "'"), FixOf(word, words));
        continue;
      }
      if (const std::vector<RuleId> way = WayTo(rules, id, rule.id); !way.empty()) {
        const auto add = [](std::string* out, const RuleId& one) { *out += one.str(); };
        in.BadItem("rules", word,
                   StrCat("is a loop: ", rule.id.str(), " selects ",
                          absl::StrJoin(way, ", which selects ", add)));
        continue;
      }
      if (other->shadow && !rule.shadow) {
        in.BadItem("rules", word,
                   StrCat("'", word, "' is in shadow: only a rule in shadow may select it"));
      }
    }
  }
}

void SetStages(std::vector<Rule>& rules) {
  std::set<RuleId> in_loops;
  for (const Rule& rule : rules) {
    for (const RuleId& next : SelectedBy(rule)) {
      if (!WayTo(rules, next, rule.id).empty()) in_loops.insert(rule.id);
    }
  }
  // Without loops no rule is raised more often than there are rules.
  for (bool again = true; again;) {
    again = false;
    for (Rule& rule : rules) {
      if (in_loops.contains(rule.id)) continue;
      int32_t stage = 0;
      int32_t trips = rule.cell_level ? 1 : 0;
      for (const RuleId& id : SelectedBy(rule)) {
        const Rule* const other = Find(rules, id);
        stage = std::max(stage, other == nullptr ? 1 : other->stage + 1);
        trips = std::max(trips, other == nullptr ? 1 : other->trips + 1);
      }
      again = again || stage != rule.stage || trips != rule.trips;
      rule.stage = stage;
      rule.trips = trips;
    }
  }
}

std::vector<RuleId> WithWhatItSelects(const std::vector<Rule>& rules, const RuleId& rule) {
  std::set<RuleId> all = {rule};
  for (bool again = true; again;) {
    again = false;
    for (const RuleId& id : std::set<RuleId>(all)) {
      const Rule* const one = Find(rules, id);
      if (one == nullptr) continue;
      for (const RuleId& next : SelectedBy(*one)) again = all.insert(next).second || again;
    }
  }
  return {all.begin(), all.end()};
}

std::vector<Document> DocumentsOf(const RuleId& rule, const std::vector<Rule>& rules,
                                  const std::vector<Document>& documents) {
  std::set<RuleId> needed = {rule};
  std::set<MissionId> missions;  // whose overrides are needed
  for (bool again = true; again;) {
    const size_t before = needed.size();
    for (const RuleId& id : std::set<RuleId>(needed)) {
      for (RuleId& one : WithWhatItSelects(rules, id)) needed.insert(std::move(one));
      if (const MissionId mission = FormOf(id).mission; !mission.empty()) missions.insert(mission);
    }
    for (const Rule& form : rules) {
      if (!missions.contains(form.only_for)) continue;
      needed.insert(form.id);
      needed.insert(form.base);
    }
    again = needed.size() > before;
  }
  std::vector<Document> wanted;
  std::copy_if(documents.begin(), documents.end(), std::back_inserter(wanted),
               [&](const Document& document) {
                 if (document.kind == "rule") return needed.contains(RuleId(document.name));
                 return document.kind != "overrides" || missions.contains(MissionId(document.name));
               });
  return wanted;
}

}  // namespace tocsin
