#include "gateway/recent_log.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

WarningRecord Of(int32_t partition, int64_t offset, size_t bytes = 40) {
  WarningRecord record{partition, offset, {}};
  record.warning.set_id(std::string(bytes, 'w'));
  return record;
}

// -1: there is none.
std::optional<int64_t> Next(const RecentLog& log, int32_t partition, int64_t from) {
  const auto next = log.Next(partition, from);
  if (!next) return std::nullopt;
  return *next == nullptr ? -1 : (*next)->offset;
}

TEST(RecentLogTest, WhatLiesBeforeItIsNotSaidToBeAbsent) {
  RecentLog log({5, 0}, 1 << 20);
  EXPECT_EQ(Next(log, 0, 4), std::nullopt);
  EXPECT_EQ(Next(log, 0, 5), -1);
  log.Add(Of(0, 7));
  EXPECT_EQ(Next(log, 0, 5), 7);
  EXPECT_EQ(Next(log, 0, 7), 7);
  EXPECT_EQ(Next(log, 0, 8), -1);
  EXPECT_EQ(Next(log, 1, 0), -1);
}

TEST(RecentLogTest, OneThatIsLargerThanAllIsNotHeld) {
  RecentLog log({0}, 2'000);
  log.Add(Of(0, 1));
  log.Add(Of(0, 3, 5'000));
  EXPECT_EQ(Next(log, 0, 3), std::nullopt);
  EXPECT_EQ(Next(log, 0, 4), -1);
}

// Against all that was ever added: either it says what that says, or that it does not hold it.
TEST(RecentLogTest, NeverOtherThanTheWholeLog) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const std::vector<int64_t> begins = {static_cast<int64_t>(random() % 5), 0, 3};
    RecentLog log(begins, random() % 2 == 0 ? 3'000 : 20'000);
    std::vector<std::map<int64_t, size_t>> all(3);
    std::vector<int64_t> ends = begins;
    size_t held = 0;
    for (int n = 0; n < 200; ++n) {
      const size_t p = random() % 3;
      const auto partition = static_cast<int32_t>(p);
      if (random() % 4 == 0 && !all[p].empty()) {
        const int64_t gone = std::next(all[p].begin(), random() % all[p].size())->first;
        all[p].erase(gone);
        log.Remove(partition, gone);
      } else {
        const int64_t offset = ends[p] + static_cast<int64_t>(random() % 3);
        const size_t bytes = 1 + random() % 60;
        all[p][offset] = bytes;
        ends[p] = offset + 1;
        log.Add(Of(partition, offset, bytes));
      }
      const auto from = static_cast<int64_t>(random() % static_cast<size_t>(ends[p] + 2));
      const auto next = log.Next(partition, from);
      if (!next) continue;
      ++held;
      const auto expected = all[p].lower_bound(from);
      ASSERT_EQ(*next == nullptr, expected == all[p].end()) << "seed " << seed;
      if (*next == nullptr) continue;
      ASSERT_EQ((*next)->offset, expected->first) << "seed " << seed;
      ASSERT_EQ((*next)->warning.id().size(), expected->second) << "seed " << seed;
    }
    ASSERT_GT(held, 20U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tocsin::gateway
