// Random rules and events for surge: baselines of tens of minutes with a few events, and buckets
// in which many come at once.
#include <algorithm>

#include <absl/strings/str_cat.h>

#include "cases.h"

namespace tocsin::property {

void RandomSurgeRule(TwinRule& rule, Random& random) {
  rule.minutes = random.OneIn(3) ? 2 : 1;
  rule.baseline_minutes = rule.minutes * random.Between(20, 26);
  rule.half_life_minutes = rule.minutes * random.Between(4, 30);
  rule.least = random.Between(1, 3);
  static const std::vector<std::string> kRates = {"0.1", "0.05", "0.02", "0.001"};
  rule.false_alarms = random.Of(kRates);
}

std::string SurgeYaml(const TwinRule& rule) {
  return absl::StrCat("  bucket: ", rule.minutes, "m\n  baseline: ", rule.baseline_minutes,
                      "m\n  half_life: ", rule.half_life_minutes, "m\n  least: ", rule.least,
                      "\n  false_alarms: ", rule.false_alarms, "\n  severity: severe\n");
}

Interval RandomSurgeTime(Random& random, Time start) {
  const Duration second = std::chrono::seconds(1);
  // Somewhere in the baseline, or in one of three buckets next to one another or nearly so.
  static const std::vector<int64_t> kBusy = {27, 28, 32};
  const int64_t at =
      random.OneIn(3) ? random.Below(34 * 60) : random.Of(kBusy) * 60 + 20 * random.Below(3);
  const Time from = start + at * second;
  return {from, from + (random.OneIn(8) ? random.Below(180) : 0) * second};
}

}  // namespace tocsin::property
