// Above which count a bucket is more than its past explains: docs/rules.md, surge, has the
// formulas, docs/decisions/0012 the reasons.
//
// Deterministic to the bit: only operations that IEEE 754 rounds exactly, but for the weights, and
// these are rounded to integers at once.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/time.h"

namespace tocsin {

// Weights of the buckets of a baseline, the bucket just before first, in 65,536ths.
std::vector<int64_t> BaselineWeights(int64_t buckets, Duration bucket, Duration half_life);

// What the next bucket is expected to count: a negative binomial distribution.
struct Forecast {
  int64_t mean_milli = 0;
  int64_t dispersion_milli = 0;  // variance over mean
  friend bool operator==(const Forecast&, const Forecast&) = default;
};
// `counts`: of the past, the bucket just before first; two or more, and no more than weights.
Forecast ForecastOf(const std::vector<int64_t>& counts, const std::vector<int64_t>& weights);

// The least n that is reached or exceeded with a probability of at most the rate, in a million.
inline constexpr int64_t kMostAlarmCount = 100'001;
int64_t AlarmCount(const Forecast& forecast, int64_t false_alarms_ppm);

}  // namespace tocsin
