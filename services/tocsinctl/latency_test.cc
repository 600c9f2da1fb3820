#include "tocsinctl/latency.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace tocsin::ctl {
namespace {

v1::LedgerRow Row(int64_t committed, int64_t pushed, int64_t received) {
  v1::LedgerRow row;
  row.set_committed_us(committed);
  row.set_pushed_us(pushed);
  row.set_received_us(received);
  return row;
}

TEST(Latency, OnlyRowsOfWhichBothStagesAreKnownCount) {
  const auto latencies =
      LatenciesOf({Row(1'000'000, 1'010'000, 1'030'000), Row(1'000'000, 1'050'000, 0)});
  ASSERT_EQ(latencies.size(), 3U);
  EXPECT_EQ(latencies[0].to, "pushed");
  EXPECT_EQ(latencies[0].rows, 2U);
  EXPECT_EQ(latencies[0].p50, std::chrono::milliseconds(10));
  EXPECT_EQ(latencies[0].p99, std::chrono::milliseconds(50));
  EXPECT_EQ(latencies[1].rows, 1U);
  EXPECT_EQ(latencies[1].p95, std::chrono::milliseconds(20));
  EXPECT_EQ(latencies[2].from, "committed");
  EXPECT_EQ(latencies[2].to, "received");
  EXPECT_TRUE(LatenciesOf({}).empty());
}

TEST(Latency, APercentileIsTheLeastThatSoManyDoNotExceed) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 200; ++run) {
    std::vector<v1::LedgerRow> rows(1 + random() % 250);
    std::vector<int64_t> took;
    for (v1::LedgerRow& row : rows) {
      took.push_back(static_cast<int64_t>(random() % 1000));
      row = Row(5, 5 + took.back(), 0);
    }
    const Latency latency = LatenciesOf(rows).front();
    for (const auto& [percent, value] :
         {std::pair(50, latency.p50), std::pair(95, latency.p95), std::pair(99, latency.p99)}) {
      const auto within = static_cast<size_t>(std::count_if(
          took.begin(), took.end(), [v = value.count()](int64_t one) { return one <= v; }));
      const auto below = static_cast<size_t>(std::count_if(
          took.begin(), took.end(), [v = value.count()](int64_t one) { return one < v; }));
      EXPECT_GE(within * 100, took.size() * static_cast<size_t>(percent));
      EXPECT_LT(below * 100, took.size() * static_cast<size_t>(percent));
    }
  }
}

TEST(Latency, InWords) {
  EXPECT_EQ(InWords(std::chrono::microseconds(3'900)), "3 ms");
  EXPECT_EQ(InWords(std::chrono::milliseconds(-2)), "-2 ms");
  EXPECT_EQ(InWords(std::chrono::milliseconds(1440)), "1.4 s");
  EXPECT_EQ(InWords(std::chrono::minutes(12)), "12 min");
  EXPECT_EQ(InWords(std::chrono::hours(5)), "5 h");
}

}  // namespace
}  // namespace tocsin::ctl
