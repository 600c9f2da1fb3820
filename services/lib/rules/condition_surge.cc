#include <cmath>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {
namespace {

// Fewer tell too little of how counts vary; more cost too much at every event.
constexpr int64_t kLeastBuckets = 20;
constexpr int64_t kMostBuckets = 1'000;
// With a shorter one the past would in truth be of a few buckets only.
constexpr int64_t kLeastHalfLife = 4;
constexpr int64_t kMostCount = 1'000'000;
constexpr int64_t kMostFalseAlarmsPpm = 100'000;

void ReadFalseAlarms(ConditionContext in) {
  const double ppm = in.condition.Number("false_alarms") * 1'000'000;
  if (!(ppm > 0.5 && ppm < kMostFalseAlarmsPpm + 0.5) || std::fabs(ppm - std::round(ppm)) > 0.001) {
    in.condition.Bad("false_alarms", "must be from 0.000001 to 0.1, with six decimals at most");
    return;
  }
  in.rule.surge.false_alarms_ppm = std::llround(ppm);
}

}  // namespace

void ReadSurge(ConditionContext in) {
  Rule& rule = in.rule;
  SurgeCondition& surge = rule.surge;
  surge.bucket = in.condition.DurationAt("bucket", false);
  surge.baseline = in.condition.DurationAt("baseline", false);
  surge.half_life = in.condition.DurationAt("half_life", false);
  surge.least_count = in.condition.Integer("least", 1, kMostCount);
  ReadFalseAlarms(in);
  rule.severity = in.condition.Word<Severity>("severity", SeverityOfWord);
  rule.window = surge.bucket;
  // A change concerns the buckets whose baseline it lies in, and what these join. One bucket more,
  // so that of all these the whole baseline is still kept when an event is as late as it may be.
  rule.reach = surge.baseline + 2 * surge.bucket;
  if (surge.bucket <= Duration(0) || surge.baseline <= Duration(0)) return;
  const int64_t buckets = surge.baseline / surge.bucket;
  if (surge.baseline % surge.bucket != Duration(0) || buckets < kLeastBuckets ||
      buckets > kMostBuckets) {
    in.condition.Bad(
        "baseline", StrCat("must be from ", kLeastBuckets, " to ", kMostBuckets, " whole buckets"));
  }
  if (surge.half_life < kLeastHalfLife * surge.bucket) {
    in.condition.Bad("half_life", StrCat("must be ", kLeastHalfLife, " buckets at least"));
  }
}

}  // namespace tocsin::rules_internal
