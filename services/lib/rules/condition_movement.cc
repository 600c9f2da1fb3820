#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {
namespace {

constexpr int64_t kMostSightings = 1000;

// Where civilians, aid workers or another mission go is none of this program's business: a track of
// them would put them at risk, and the humanitarian space with them.
void CheckWhoIsTracked(ConditionContext in) {
  const auto entries = in.top.Entries("selections");
  for (size_t i = 0; i < in.rule.selections.size() && i < entries.size(); ++i) {
    const Selection& selection = in.rule.selections[i];
    if (selection.actor_classes == std::vector<std::string>{"armed_group"}) continue;
    in.problems.Add(entries[i].second, StrCat("selections.", selection.name, ".actor_classes"),
                    "must be [armed_group]: a movement tracks its actor, and whoever else is "
                    "tracked is put at risk, and the humanitarian space with them");
  }
}

}  // namespace

void ReadMovement(ConditionContext in) {
  Rule& rule = in.rule;
  rule.window = in.condition.DurationAt("within", false);
  rule.reach = rule.window;
  ReadRadius(in);
  rule.movement.ahead = in.condition.DurationAt("ahead", false);
  rule.movement.least_sightings = in.condition.Integer("least_sightings", 2, kMostSightings);
  rule.severity = in.condition.Word<Severity>("severity", SeverityOfWord);
  if (rule.group_by != std::vector<std::string>{"actor"}) {
    in.top.Bad("group_by", "must be [actor]: a movement is of one actor");
  }
  CheckWhoIsTracked(in);
}

}  // namespace tocsin::rules_internal
