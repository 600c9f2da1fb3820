#include <algorithm>
#include <set>

#include "lib/rules/condition.h"

namespace tocsin::rules_internal {
namespace {

bool FilesFromOne(const Rule& rule) {
  std::set<MissionId> missions;
  for (const Selection& selection : rule.selections) {
    if (selection.missions.empty()) return false;
    missions.insert(selection.missions.begin(), selection.missions.end());
  }
  return missions.size() < 2;
}

}  // namespace

void ReadDivergence(ConditionContext in) {
  Rule& rule = in.rule;
  DivergenceCondition& divergence = rule.divergence;
  divergence.field = in.condition.Text("field");
  if (!divergence.field.empty()) {
    std::vector<const EventType*> types;
    for (const Selection& selection : rule.selections) {
      for (const EventType* type : TypesOf(in.pack, selection)) types.push_back(type);
    }
    const std::string problem = AttributeProblem(types, divergence.field, "");
    if (!problem.empty()) in.condition.Bad("field", problem);
  }
  divergence.sides = in.condition.Text("sides");
  const bool of_areas = divergence.sides == "area";
  if (!divergence.sides.empty() && !of_areas && divergence.sides != "mission") {
    in.condition.Bad("sides", "must be area or mission");
  }
  if (divergence.sides == "mission" && in.GroupsBy("mission")) {
    in.condition.Bad("sides", "are never two: leave mission out of group_by, or compare areas");
  }
  if (divergence.sides == "mission" && FilesFromOne(rule)) {
    in.condition.Bad("sides", "are never two: the selections are of one mission");
  }
  divergence.longer_than = in.condition.DurationAt("longer_than", true);
  // A declaration changes nothing beyond the time for which it stands.
  rule.window = in.condition.DurationAt("stands", false);
  rule.reach = rule.window;
  ReadSeverities(in);
  if (rule.severities.empty()) return;
  const auto counts = std::minmax_element(
      rule.severities.begin(), rule.severities.end(),
      [](const auto& one, const auto& other) { return one.second < other.second; });
  if (counts.first->second != 2) {
    in.condition.Bad("severities", "must start with 2: two different values are a divergence");
  }
  if (of_areas && in.GroupsBy("corridor") && counts.second->second > 2) {
    in.condition.Bad("severities", "ask for more than 2 values, but a corridor has two sides");
  }
}

}  // namespace tocsin::rules_internal
