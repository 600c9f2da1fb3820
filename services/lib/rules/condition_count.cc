#include "lib/rules/condition.h"

namespace tocsin::rules_internal {

void ReadCount(ConditionContext in) {
  Rule& rule = in.rule;
  rule.window = in.condition.DurationAt("window", false);
  rule.reach = rule.window;
  if (in.condition.Has("tumbling")) rule.tumbling = in.condition.Bool("tumbling");
  ReadSeverities(in);
  if (rule.kind != RuleKind::kValueCount) return;
  rule.field = in.condition.Text("field");
  in.CheckField("field", rule.field);
}

}  // namespace tocsin::rules_internal
