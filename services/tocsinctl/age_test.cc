#include "tocsinctl/age.h"

#include <gtest/gtest.h>

namespace tocsin::ctl {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kNow = 1'800'000'000 * kSecond;
constexpr int64_t kIn2008 = 1'220'000'000 * kSecond;

TEST(AgeTest, GrowsInUnitsThatAPersonReads) {
  EXPECT_EQ(AgeOf(0, kNow, false), "-");
  EXPECT_EQ(AgeOf(kNow - 119 * kSecond, kNow, false), "119 s");
  EXPECT_EQ(AgeOf(kNow - 120 * kSecond, kNow, false), "2 min");
  EXPECT_EQ(AgeOf(kNow - 47 * 3600 * kSecond, kNow, false), "47 h");
  EXPECT_EQ(AgeOf(kNow - 72 * 3600 * kSecond, kNow, false), "3 days");
  EXPECT_EQ(AgeOf(kNow + kSecond, kNow, false), "-");
}

TEST(AgeTest, AScenarioHasNone) {
  EXPECT_EQ(AgeOf(kIn2008, kNow, true), "scenario clock");
  EXPECT_EQ(AgeOf(0, kNow, true), "-");
  // An engine that has hung for years does, though.
  EXPECT_EQ(AgeOf(kIn2008, kNow, false), "6712 days");
}

TEST(AgeTest, TheRouterSaysWhichClockItIs) {
  EXPECT_TRUE(SaysScenarioClock(
      "# HELP tocsin_router_scenario_clock 1: ...\n# TYPE tocsin_router_scenario_clock gauge\n"
      "tocsin_router_scenario_clock 1\nother 0\n"));
  EXPECT_FALSE(SaysScenarioClock("a 1\ntocsin_router_scenario_clock 0\n"));
  EXPECT_FALSE(SaysScenarioClock("tocsin_router_scenario_clock_else 1\n"));
  EXPECT_FALSE(SaysScenarioClock(""));
}

}  // namespace
}  // namespace tocsin::ctl
