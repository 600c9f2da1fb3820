// The alarm count against distributions worked out by hand, and how often buckets without a change
// reach it.
#include "lib/correlation/alarm_count.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

TEST(BaselineWeightsTest, HalveWithEveryHalfLife) {
  EXPECT_EQ(BaselineWeights(5, kDay, 2 * kDay),
            (std::vector<int64_t>{65'536, 46'341, 32'768, 23'170, 16'384}));
  EXPECT_EQ(BaselineWeights(100, kDay, 4 * kDay).back(), 0) << "less than half a 65,536th";
}

TEST(ForecastTest, OfEqualWeightsByHand) {
  const std::vector<int64_t> even(4, 65'536);
  // m = 2, k = 4, mean 2 + 1/8. No deviations: 2/(k mean) = 0.235 is less than 1, so 1 + 1/4.
  EXPECT_EQ(ForecastOf({2, 2, 2, 2}, even), (Forecast{2'125, 1'250}));
  // m = 2, s2 = (4 + 4)/3, s2/m = 1.3333; u = sqrt(2/3 + 0.2353) = 0.9497;
  // (1.3333 * 1.9497 + 0.2353) * 1.25 = 3.5436.
  EXPECT_EQ(ForecastOf({4, 0, 2, 2}, even), (Forecast{2'125, 3'544}));
  // Nothing ever: mean 1/8, 2/(k mean) = 4, u = sqrt(2/3 + 4) = 2.1602; (3.1602 + 4) * 1.25.
  EXPECT_EQ(ForecastOf({0, 0, 0, 0}, even), (Forecast{125, 8'950}));
}

TEST(ForecastTest, WhatIsNearCountsMore) {
  const std::vector<int64_t> weights = BaselineWeights(8, kDay, 4 * kDay);
  EXPECT_GT(ForecastOf({9, 0, 0, 0, 0, 0, 0, 0}, weights).mean_milli,
            ForecastOf({0, 0, 0, 0, 0, 0, 0, 9}, weights).mean_milli * 3);
}

TEST(AlarmCountTest, OfDistributionsByHand) {
  // Mean 1, variance 2: geometric, P(C >= n) = 2^-n.
  EXPECT_EQ(AlarmCount({1'000, 2'000}, 100'000), 4);  // 1/16
  EXPECT_EQ(AlarmCount({1'000, 2'000}, 62'500), 4) << "just the rate is allowed";
  EXPECT_EQ(AlarmCount({1'000, 2'000}, 62'499), 5);
  EXPECT_EQ(AlarmCount({1'000, 2'000}, 1), 20);  // 2^-20 = 0.00000095
  // As good as Poisson of mean 2: P(C >= 6) = 0.0166, P(C >= 7) = 0.0045.
  EXPECT_EQ(AlarmCount({2'000, 1'001}, 10'000), 7);
  EXPECT_EQ(AlarmCount({2'000, 1'001}, 20'000), 6);
}

TEST(AlarmCountTest, LargeMeansAreNotLostAndTheCountIsCapped) {
  // Nearly normal: mean 10,000, deviation 100, 1 % is 2.326 deviations.
  EXPECT_NEAR(static_cast<double>(AlarmCount({10'000'000, 1'001}, 10'000)), 10'234, 2);
  EXPECT_EQ(AlarmCount({150'000'000, 1'500}, 10'000), kMostAlarmCount);
  EXPECT_EQ(AlarmCount({1'000'000, 90'000'000}, 1), kMostAlarmCount);
}

// Draws by inversion, the same everywhere.
class Counts {
 public:
  Counts(double mean, double dispersion, uint64_t seed) : random_(seed) {
    // Poisson as the limit of little dispersion.
    const double d = std::max(dispersion, 1.000001);
    const double size = mean / (d - 1);
    double term = std::exp(-size * std::log(d));
    double sum = term;
    for (double n = 0; sum < 1 - 1e-12; ++n) {
      up_to_.push_back(sum);
      term *= (n + size) / (n + 1) * (1 - 1 / d);
      sum += term;
    }
  }
  int64_t Draw() {
    const double at = static_cast<double>(random_() >> 11) * 0x1p-53;
    return std::upper_bound(up_to_.begin(), up_to_.end(), at) - up_to_.begin();
  }

 private:
  std::mt19937_64 random_;
  std::vector<double> up_to_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int64_t kBuckets = 10'000;  // there it is about memory, and slow
#else
constexpr int64_t kBuckets = 100'000;
#endif

// By rate of false alarms, in a million.
struct Shares {
  std::map<int64_t, double> alarms;    // of the buckets without a change
  std::map<int64_t, double> detected;  // of the buckets with thrice the mean
};

// A history of buckets without a change; beside each one that has an alarm count, one of thrice
// the mean.
Shares Simulate(double mean, double dispersion) {
  constexpr size_t kBaseline = 28;
  const std::vector<int64_t> weights =
      BaselineWeights(static_cast<int64_t>(kBaseline), kDay, 14 * kDay);
  Counts usual(mean, dispersion, 1), tripled(3 * mean, dispersion, 2);
  std::vector<int64_t> before;  // the bucket just before first
  for (size_t i = 0; i < kBaseline; ++i) before.push_back(usual.Draw());
  std::map<int64_t, std::map<std::pair<int64_t, int64_t>, int64_t>> known;
  Shares shares;
  int64_t judged = 0;
  while (judged < kBuckets) {
    const int64_t count = usual.Draw(), surging = tripled.Draw();
    std::vector<int64_t> past = before;
    while (!past.empty() && past.back() == 0) past.pop_back();
    if (!past.empty()) past.pop_back();
    before.insert(before.begin(), count);
    before.pop_back();
    if (past.size() * 4 < kBaseline) continue;
    ++judged;
    const Forecast forecast = ForecastOf(past, weights);
    for (const int64_t ppm : {100'000, 10'000, 1'000}) {
      int64_t& alarm = known[ppm][{forecast.mean_milli, forecast.dispersion_milli}];
      if (alarm == 0) alarm = AlarmCount(forecast, ppm);
      shares.alarms[ppm] += count >= alarm ? 1.0 / kBuckets : 0;
      shares.detected[ppm] += surging >= alarm ? 1.0 / kBuckets : 0;
    }
  }
  return shares;
}

class RateTest : public ::testing::TestWithParam<std::pair<double, double>> {};

TEST_P(RateTest, IsAtMostTwiceWhatIsAskedFor) {
  const auto& [mean, dispersion] = GetParam();
  const Shares shares = Simulate(mean, dispersion);
  for (const auto& [ppm, share] : shares.alarms) {
    const double times = share / (static_cast<double>(ppm) / 1'000'000);
    // Fewer buckets tell the smaller rates less exactly.
    if (kBuckets == 100'000 || ppm > 1'000) {
      EXPECT_LT(times, 2.05) << ppm;
    }
    // docs/decisions/0012 has these: --gtest_output=xml writes them.
    RecordProperty("realised_" + std::to_string(ppm), std::to_string(times));
    RecordProperty("detected_" + std::to_string(ppm), std::to_string(shares.detected.at(ppm)));
  }
}

std::vector<std::pair<double, double>> Cells() {
  std::vector<std::pair<double, double>> cells;
  for (const double dispersion : {1.0, 2.0, 4.0}) {
    for (const double mean : {0.2, 0.5, 1.0, 2.0, 5.0, 20.0}) {
      cells.emplace_back(mean, dispersion);
    }
  }
  return cells;
}

INSTANTIATE_TEST_SUITE_P(Simulated, RateTest, ::testing::ValuesIn(Cells()));

TEST(DetectionTest, OfATripledMeanInOneBucket) {
  const Shares five = Simulate(5, 1);
  EXPECT_GT(five.detected.at(100'000), 0.92);
  EXPECT_GT(five.detected.at(10'000), 0.65);
  const Shares ten = Simulate(10, 1);
  EXPECT_GT(ten.detected.at(10'000), 0.93);
  EXPECT_GT(ten.detected.at(1'000), 0.78);
  EXPECT_GT(Simulate(20, 4).detected.at(10'000), 0.65) << "even of clustered ones";
}

// Shares of histories in which a mean that triples for good alarms: by the bucket after the change.
struct Lasting {
  std::vector<double> in;   // in this bucket
  std::vector<double> yet;  // in this or an earlier one
};
Lasting SimulateLasting(double mean, double dispersion) {
  constexpr size_t kBaseline = 28, kAfter = 7;
  constexpr int64_t kHistories = 4'000;
  const std::vector<int64_t> weights =
      BaselineWeights(static_cast<int64_t>(kBaseline), kDay, 14 * kDay);
  Counts usual(mean, dispersion, 3), tripled(3 * mean, dispersion, 4);
  Lasting lasting{std::vector<double>(kAfter), std::vector<double>(kAfter)};
  for (int64_t history = 0; history < kHistories; ++history) {
    std::vector<int64_t> past;
    for (size_t i = 0; i < kBaseline; ++i) past.push_back(usual.Draw());
    bool any = false;
    for (size_t i = 0; i < kAfter; ++i) {
      const int64_t count = tripled.Draw();
      const bool alarms = count >= AlarmCount(ForecastOf(past, weights), 10'000);
      any = any || alarms;
      lasting.in[i] += alarms ? 1.0 / kHistories : 0;
      lasting.yet[i] += any ? 1.0 / kHistories : 0;
      past.insert(past.begin(), count);
      past.pop_back();
    }
  }
  return lasting;
}

TEST(DetectionTest, OfAMeanThatTriplesForGood) {
  const auto& [in, yet] = SimulateLasting(5, 1);
  EXPECT_GT(yet[1], 0.75);
  EXPECT_GT(yet[6], 0.84);
  // What was told first counts as variation from then on.
  EXPECT_LT(in[3], 0.1);
  EXPECT_GT(SimulateLasting(2, 1).yet[6], 0.42);
  EXPECT_GT(SimulateLasting(20, 4).yet[6], 0.8);
  EXPECT_GT(SimulateLasting(5, 4).yet[6], 0.38);
}

}  // namespace
}  // namespace tocsin
