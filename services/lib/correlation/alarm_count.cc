#include "lib/correlation/alarm_count.h"

#include <algorithm>
#include <cmath>

namespace tocsin {
namespace {

constexpr double kOne = 65'536;
constexpr double kLeastDispersion = 1.001;
// Terms smaller than this share of all before them, and falling, are left out.
constexpr double kNegligible = 1e-18;
// Far beyond every count that is told.
constexpr size_t kMostTerms = 1'000'000;
// Terms are kept below this by scaling all of them down: of a large mean the first would otherwise
// be too small to start from.
constexpr double kScale = 0x1p500;

// Probabilities of 0, 1, 2 ... to a common factor; those that do not matter left out at the end.
std::vector<double> Terms(const Forecast& forecast) {
  const double mean = static_cast<double>(forecast.mean_milli) / 1000;
  const double dispersion = static_cast<double>(forecast.dispersion_milli) / 1000;
  const double size = mean / (dispersion - 1);
  const double odds = 1 - 1 / dispersion;
  std::vector<double> terms = {1};
  double sum = 1;
  while (terms.size() < kMostTerms) {
    const auto at = static_cast<double>(terms.size() - 1);
    double next = terms.back() * (at + size) / (at + 1) * odds;
    if (at > mean && next < sum * kNegligible) break;
    if (next > kScale) {
      for (double& term : terms) term /= kScale;
      sum /= kScale;
      next /= kScale;
    }
    terms.push_back(next);
    sum += next;
  }
  return terms;
}

}  // namespace

std::vector<int64_t> BaselineWeights(int64_t buckets, Duration bucket, Duration half_life) {
  std::vector<int64_t> weights;
  const double step = static_cast<double>(bucket.count()) / static_cast<double>(half_life.count());
  for (int64_t age = 0; age < buckets; ++age) {
    weights.push_back(std::llround(kOne * std::exp2(-static_cast<double>(age) * step)));
  }
  return weights;
}

Forecast ForecastOf(const std::vector<int64_t>& counts, const std::vector<int64_t>& weights) {
  double sum = 0, squares = 0, counted = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto weight = static_cast<double>(weights[i]);
    sum += weight;
    squares += weight * weight;
    counted += weight * static_cast<double>(counts[i]);
  }
  const double mean_seen = counted / sum;
  double deviations = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double off = static_cast<double>(counts[i]) - mean_seen;
    deviations += static_cast<double>(weights[i]) * off * off;
  }
  // As many buckets of equal weight would tell as much.
  const double worth = sum * sum / squares;
  const double mean = mean_seen + 0.5 / worth;
  const double seen = mean_seen > 0 ? deviations / (sum - squares / sum) / mean_seen : 1;
  const double doubt = 2 / (worth * mean);
  const double unsure = std::sqrt(2 / (worth - 1) + doubt);
  const double dispersion = std::max(1.0, seen * (1 + unsure) + doubt) * (1 + 1 / worth);
  return {std::llround(mean * 1000), std::llround(std::max(dispersion, kLeastDispersion) * 1000)};
}

int64_t AlarmCount(const Forecast& forecast, int64_t false_alarms_ppm) {
  const std::vector<double> terms = Terms(forecast);
  // From the small end, so that small terms are not lost beside great ones.
  double sum = 0;
  for (size_t n = terms.size(); n-- > 0;) sum += terms[n];
  const double most = sum * (static_cast<double>(false_alarms_ppm) / 1'000'000);
  double tail = 0;
  size_t n = terms.size();
  while (n > 0 && tail + terms[n - 1] <= most) tail += terms[--n];
  return std::min(static_cast<int64_t>(n), kMostAlarmCount);
}

}  // namespace tocsin
