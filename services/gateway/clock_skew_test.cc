#include "gateway/clock_skew.h"

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ClockSkewTest : public ::testing::Test {
 protected:
  // After `later`, a record that took `late` to come here.
  void See(Duration later, Duration late) {
    now_ += later;
    steady_ += later;
    skew_.Saw(now_ - late, now_ + ahead_, steady_);
  }
  Time now_ = FromMicros(1'700'000'000'000'000);
  ClockSkew::SteadyTime steady_;
  Duration ahead_{0};
  ClockSkew skew_;
};

TEST_F(ClockSkewTest, WhatIsReadLateIsNoSkew) {
  EXPECT_EQ(skew_.ahead(), std::nullopt);
  See(seconds(0), hours(1));
  EXPECT_EQ(skew_.ahead(), std::nullopt) << "it may be late, or the clock ahead";
  for (int n = 0; n < 180; ++n) See(seconds(1), n % 30 == 0 ? milliseconds(20) : seconds(40));
  EXPECT_EQ(skew_.ahead(), milliseconds(20));
}

TEST_F(ClockSkewTest, HoursAheadIsToldAfterAMinute) {
  ahead_ = hours(3);
  for (int n = 0; n < 59; ++n) See(seconds(1), milliseconds(100));
  EXPECT_EQ(skew_.ahead(), std::nullopt);
  for (int n = 0; n < 3; ++n) See(seconds(1), milliseconds(100));
  EXPECT_EQ(skew_.ahead(), hours(3) + milliseconds(100));
}

TEST_F(ClockSkewTest, BehindIsToldAtOnceAndIsOverWhenTheClockIsSet) {
  ahead_ = -hours(2);
  See(seconds(0), seconds(1));
  EXPECT_EQ(skew_.ahead(), -hours(2) + seconds(1));
  ahead_ = Duration(0);
  for (int n = 0; n < 59; ++n) See(seconds(1), seconds(1));
  EXPECT_LT(*skew_.ahead(), -hours(1));
  for (int n = 0; n < 65; ++n) See(seconds(1), seconds(1));
  EXPECT_EQ(skew_.ahead(), seconds(1));
}

TEST_F(ClockSkewTest, ARecordWithoutATimeSaysNothing) {
  skew_.Saw(kUnknownTime, now_, steady_);
  EXPECT_EQ(skew_.ahead(), std::nullopt);
}

}  // namespace
}  // namespace tocsin::gateway
