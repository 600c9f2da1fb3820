#include <algorithm>
#include <cmath>

#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

int64_t Thousandths(long double x) { return std::llround(x * 1000); }

// Probability of n or more.
long double AtLeast(int64_t n, long double mean, long double dispersion) {
  const long double size = mean / (dispersion - 1);
  long double less = 0;
  for (int64_t k = 0; k < n; ++k) {
    const auto at = static_cast<long double>(k);
    less += std::exp(std::lgamma(at + size) - std::lgamma(size) - std::lgamma(at + 1) -
                     size * std::log(dispersion) + at * std::log(1 - 1 / dispersion));
  }
  return 1 - less;
}

// Of a past, the bucket just before first.
int64_t AlarmCountOf(const TwinRule& rule, const std::vector<int64_t>& past) {
  const long double half_life =
      static_cast<long double>(rule.half_life_minutes) / static_cast<long double>(rule.minutes);
  long double sum_w = 0, sum_ww = 0, sum_wx = 0, sum_wxx = 0;
  for (size_t age = 0; age < past.size(); ++age) {
    const long double exact = std::pow(2.0L, -static_cast<long double>(age) / half_life);
    const long double w = std::round(exact * 65536);
    const auto x = static_cast<long double>(past[age]);
    sum_w += w;
    sum_ww += w * w;
    sum_wx += w * x;
    sum_wxx += w * x * x;
  }
  const long double m = sum_wx / sum_w;
  const long double k = sum_w * sum_w / sum_ww;
  const long double mu = m + 1 / (2 * k);
  const long double s2 = (sum_wxx - sum_wx * sum_wx / sum_w) / (sum_w - sum_ww / sum_w);
  const long double f = m > 0 ? s2 / m : 1;
  const long double u = std::sqrt(2 / (k - 1) + 2 / (k * mu));
  const long double d = std::max(1.0L, f * (1 + u) + 2 / (k * mu)) * (1 + 1 / k);
  const long double mean = static_cast<long double>(Thousandths(mu)) / 1000;
  const long double dispersion =
      static_cast<long double>(std::max<int64_t>(1001, Thousandths(d))) / 1000;
  const long double rate = std::stold(rule.false_alarms);
  int64_t n = 0;
  while (AtLeast(n, mean, dispersion) > rate) ++n;
  return n;
}

}  // namespace

std::vector<Found> Surges(const Whole& whole) {
  const TwinRule& rule = whole.rule;
  const int64_t width = rule.minutes * 60'000'000;
  struct Report {
    Item item;
    std::string incident;
  };
  std::map<int64_t, std::vector<Report>> buckets;
  for (const Item& item : whole.items) {
    buckets[TimeOfEvent(*item.event) / width].push_back({item, IncidentOf(item, whole.items)});
  }
  const auto count = [&](int64_t bucket, int64_t until) {
    std::set<std::string> incidents;
    if (buckets.count(bucket) == 0) return int64_t{0};
    for (const Report& report : buckets.at(bucket)) {
      if (TimeOfEvent(*report.item.event) <= until) incidents.insert(report.incident);
    }
    return static_cast<int64_t>(incidents.size());
  };
  std::map<int64_t, int64_t> surging;  // and what they needed
  for (const auto& [bucket, reports] : buckets) {
    const int64_t baseline = rule.baseline_minutes / rule.minutes;
    int64_t oldest = bucket - baseline;
    while (oldest < bucket && count(oldest, INT64_MAX) == 0) ++oldest;
    std::vector<int64_t> past;
    for (int64_t b = bucket - 1; b > oldest; --b) past.push_back(count(b, INT64_MAX));
    if (oldest == bucket || static_cast<int64_t>(past.size()) * 4 < baseline) continue;
    const int64_t needed = std::max(rule.least, AlarmCountOf(rule, past));
    if (count(bucket, INT64_MAX) >= needed) surging[bucket] = needed;
  }
  std::vector<Found> found;
  for (const auto& [first, needed] : surging) {
    if (surging.count(first - 1) > 0) continue;
    Found one;
    one.severity = "severe";
    int64_t greatest = 0;
    for (int64_t b = first; surging.count(b) > 0; ++b) {
      for (const Report& report : buckets.at(b)) one.evidence.push_back(report.item);
      greatest = std::max(greatest, count(b, INT64_MAX));
    }
    one.onset = INT64_MAX;
    for (const Report& report : buckets.at(first)) {
      const int64_t t = TimeOfEvent(*report.item.event);
      if (count(first, t) >= needed) one.onset = std::min(one.onset, t);
    }
    one.measure = absl::StrCat("incidents=", greatest);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
