#include "lib/lifecycle/storm.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Time At(int64_t seconds) { return FromMicros(seconds * 1'000'000); }

// Warning n, by a rule, at a time after the epoch that is a multiple of the interval.
constexpr int64_t kStart = 900'000;
Alarm Of(int n, int64_t seconds, const std::string& rule = "column") {
  return {At(kStart + seconds), WarningId(StrCat("w", n)), 1, Status::kActual, RuleId(rule)};
}

// Seconds after the start at which warning n rings with others; -1: by itself.
int64_t Rings(const Alarms& alarms, int n) {
  const auto ring = alarms.RingOf(WarningId(StrCat("w", n)));
  return ring ? (ring->rings - At(kStart)) / std::chrono::seconds(1) : -1;
}

TEST(AlarmsTest, MoreThanTenInTenMinutesAreAFlood) {
  Alarms alarms{StormPolicy()};
  for (int n = 0; n < 10; ++n) EXPECT_FALSE(alarms.Add(Of(n, n)));
  for (int n = 0; n < 10; ++n) EXPECT_EQ(Rings(alarms, n), -1) << n;
  EXPECT_FALSE(alarms.Flood(Status::kActual, At(kStart + 10)));
  alarms.Add(Of(10, 10));
  EXPECT_TRUE(alarms.Flood(Status::kActual, At(kStart + 10)));
  EXPECT_FALSE(alarms.Flood(Status::kExercise, At(kStart + 10)));
  EXPECT_FALSE(alarms.Flood(Status::kActual, At(kStart + 10 + 601)));
  EXPECT_EQ(Rings(alarms, 10), 40);  // the first of its group: its wait later
  // As late as the flood is over it rings by itself.
  alarms.Add(Of(11, 601));
  alarms.Add(Of(12, 1300));
  EXPECT_EQ(Rings(alarms, 12), -1);
}

TEST(AlarmsTest, AGroupRingsAfterItsWaitAndThenByTheClock) {
  Alarms alarms{StormPolicy()};
  for (int n = 0; n < 10; ++n) alarms.Add(Of(n, n, "other"));
  alarms.Add(Of(10, 20));
  alarms.Add(Of(11, 49));
  alarms.Add(Of(12, 51));
  alarms.Add(Of(13, 250));
  EXPECT_EQ(Rings(alarms, 10), 50);
  EXPECT_EQ(Rings(alarms, 11), 50);
  EXPECT_EQ(Rings(alarms, 12), 300);
  EXPECT_EQ(Rings(alarms, 13), 300);
  // Another rule has a group of its own; one that has been calm for the interval begins anew.
  alarms.Add(Of(14, 60, "crossing"));
  EXPECT_EQ(Rings(alarms, 14), 90);
  for (int n = 20; n < 30; ++n) alarms.Add(Of(n, 500 + n, "other"));
  alarms.Add(Of(15, 555));
  EXPECT_EQ(Rings(alarms, 15), 585);
}

TEST(AlarmsTest, TheLastRevisionThatAlertsDecides) {
  Alarms alarms{StormPolicy()};
  for (int n = 0; n < 10; ++n) alarms.Add(Of(n, n));
  Alarm again = Of(3, 30);
  again.revision = 4;
  alarms.Add(again);
  EXPECT_EQ(Rings(alarms, 3), 60);
  EXPECT_EQ(alarms.RingOf(WarningId("w3"))->revision, 4);
  EXPECT_FALSE(alarms.Add(again));
  EXPECT_FALSE(alarms.RingOf(WarningId("unknown")).has_value());
}

TEST(AlarmsTest, WithoutALimitEveryAlarmRingsByItself) {
  StormPolicy policy;
  policy.flood_above = 0;
  Alarms alarms{policy};
  for (int n = 0; n < 50; ++n) alarms.Add(Of(n, 0));
  for (int n = 0; n < 50; ++n) EXPECT_EQ(Rings(alarms, n), -1);
  EXPECT_FALSE(alarms.Flood(Status::kActual, At(kStart)));
}

TEST(AlarmsTest, TheOldestAreForgottenAndRingByThemselves) {
  Alarms alarms{StormPolicy()};
  const auto most = static_cast<int>(kMostAlarms);
  for (int n = 0; n < most + 3; ++n) alarms.Add(Of(n, n / 100));
  EXPECT_GE(Rings(alarms, 50), 0);
  const std::vector<Alarm> gone = alarms.Forget();
  EXPECT_THAT(gone, SizeIs(3));
  for (const Alarm& alarm : gone) EXPECT_FALSE(alarms.RingOf(alarm.warning).has_value());
  EXPECT_THAT(alarms.Forget(), IsEmpty());
  EXPECT_THAT(alarms.Since(At(kStart - 1), 20), SizeIs(20));
  EXPECT_EQ(alarms.Since(At(kStart - 1), 1).front().warning, WarningId(StrCat("w", most + 2)));
  EXPECT_THAT(alarms.From(At(kStart + 50)), SizeIs(3));
}

// What the header says of it, for storms that are drawn: the order in which they are read changes
// nothing in the end, and on the way nothing that waits would ring by itself once all is read.
TEST(AlarmsProperty, WhoeverHasReadThemAllComesToTheSame) {
  std::mt19937_64 engine(20130415);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(engine() % n); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Alarm> storm;
    const int64_t span = 1 + below(1500);
    for (int n = 0; n < 40; ++n) {
      Alarm alarm = Of(n / 2, below(span), below(2) == 0 ? "column" : "crossing");
      alarm.revision = n % 2 + 1;
      if (n % 2 == 1) alarm.at = std::max(alarm.at, storm.back().at);
      storm.push_back(alarm);
    }
    Alarms all{StormPolicy()};
    for (const Alarm& alarm : storm) all.Add(alarm);
    std::shuffle(storm.begin(), storm.end(), engine);
    Alarms some{StormPolicy()};
    for (const Alarm& alarm : storm) {
      std::vector<int64_t> before;
      for (int n = 0; n < 20; ++n) before.push_back(Rings(some, n));
      const bool late = some.Add(alarm);
      const auto may_change = some.From(alarm.at);
      for (int n = 0; n < 20; ++n) {
        const WarningId id(StrCat("w", n));
        const int64_t now = Rings(some, n);
        // Whoever is told of what came late, and looks again, misses nothing.
        if (now == before[static_cast<size_t>(n)]) continue;
        EXPECT_TRUE(may_change.contains(id));
        EXPECT_TRUE(late || id == alarm.warning);
      }
    }
    for (int n = 0; n < 20; ++n) {
      EXPECT_EQ(Rings(some, n), Rings(all, n));
      const auto ring = all.RingOf(WarningId(StrCat("w", n)));
      if (!ring) continue;
      EXPECT_LE(ring->waits, StormPolicy().group_interval + StormPolicy().group_wait);
    }
  }
}

// A naive count, from the definition alone.
TEST(AlarmsProperty, AFloodIsWhatISACallsOne) {
  std::mt19937_64 engine(18);
  for (int round = 0; round < 100; ++round) {
    Alarms alarms{StormPolicy()};
    std::vector<Alarm> read;
    for (int n = 0; n < 60; ++n) {
      read.push_back(Of(n, static_cast<int64_t>(engine() % 2000)));
      alarms.Add(read.back());
    }
    for (const Alarm& alarm : read) {
      const auto before = std::count_if(read.begin(), read.end(), [&](const Alarm& other) {
        return other < alarm && other.at > alarm.at - std::chrono::minutes(10);
      });
      EXPECT_EQ(alarms.RingOf(alarm.warning).has_value(), before >= 10);
    }
  }
}

}  // namespace
}  // namespace tocsin
