#include "lib/base/text.h"
#include "lib/rules/condition.h"

namespace tocsin::rules_internal {
namespace {

constexpr int64_t kMostValues = 1000;

// `distinct: {mission: 2}`.
void ReadDistinct(ConditionContext in) {
  MapReader distinct(in.problems, in.condition.Value("distinct"), "condition.distinct");
  for (const auto& [field, node] : distinct.Entries()) {
    in.CheckField("distinct", field);
    if (field == in.rule.field) {
      distinct.Bad(field, "is what is counted: say so in severities");
    } else if (in.GroupsBy(field) && field != "area" && field != "corridor" && field != "actor") {
      distinct.Bad(field, "is in group_by, so all events of a key have one value of it");
    }
    in.rule.distinct[field] = distinct.Integer(field, 2, kMostValues);
  }
  if (in.rule.distinct.empty()) in.condition.Bad("distinct", "needs one field at least");
}

}  // namespace

void ReadCount(ConditionContext in) {
  Rule& rule = in.rule;
  rule.window = in.condition.DurationAt("window", false);
  rule.reach = rule.window;
  if (in.condition.Has("tumbling")) rule.tumbling = in.condition.Bool("tumbling");
  ReadSeverities(in);
  if (rule.kind == RuleKind::kValueCount) {
    rule.field = in.condition.Text("field");
    in.CheckField("field", rule.field);
  }
  if (in.condition.Has("distinct")) ReadDistinct(in);
}

}  // namespace tocsin::rules_internal
