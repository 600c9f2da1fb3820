#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/schedule.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {
namespace {

void ReadSchedule(ConditionContext in) {
  Rule& rule = in.rule;
  Schedule& schedule = rule.schedule.emplace();
  const std::string by = in.condition.Text("daily_by");
  if (const std::optional<Duration> time = TimeOfDayOf(by)) {
    schedule.by = *time;
  } else if (!by.empty()) {
    in.condition.Bad("daily_by", StrCat("'", by, "' is no time of a day, as \"18:00\" is"));
  }
  if (in.condition.Has("every")) in.condition.Bad("every", "excludes daily_by: keep one of them");
  const std::string name = in.condition.Text("desk");
  const auto desk = in.pack.desks.find(MissionId(name));
  if (name.empty()) return;
  if (desk == in.pack.desks.end()) {
    in.condition.Bad("desk", StrCat("'", name, "' is not a desk"));
  } else if (desk->second.offsets.empty()) {
    in.condition.Bad("desk", StrCat("'", name, "' has no offsets from UTC: add `offsets` to it in ",
                                    "the desks document"));
  } else {
    schedule.offsets = desk->second.offsets;
    // The second deadline is at most two days and a change of the clock away.
    rule.window = std::chrono::days(2);
    rule.reach = rule.window + SpreadOf(schedule.offsets);
  }
}

}  // namespace

void ReadAbsence(ConditionContext in) {
  Rule& rule = in.rule;
  if (in.condition.Has("daily_by")) {
    ReadSchedule(in);
  } else {
    rule.window = in.condition.DurationAt("every", false);
    rule.reach = rule.window;
  }
  if (in.condition.Has("settle")) rule.settle = in.condition.DurationAt("settle", true);
  rule.severity = in.condition.Word<Severity>("severity", SeverityOfWord);
  if (rule.selections.size() > 1) in.top.Bad("selections", "an absence is of one selection");
}

}  // namespace tocsin::rules_internal
