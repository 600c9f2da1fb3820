#include "lib/rules/condition.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {

void ReadAbsence(ConditionContext in) {
  Rule& rule = in.rule;
  rule.window = in.condition.DurationAt("every", false);
  rule.reach = rule.window;
  rule.severity = in.condition.Word<Severity>("severity", SeverityOfWord);
  if (rule.selections.size() > 1) in.top.Bad("selections", "an absence is of one selection");
}

}  // namespace tocsin::rules_internal
