#include "router/retention_watch.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class RetentionWatchTest : public testing::Test {
 protected:
  static Pack Rules(const std::string& digest, Duration lifetime) {
    Pack pack;
    pack.digest = digest;
    Rule rule;
    rule.id = RuleId("slow");
    rule.group_by = {"area"};
    rule.severities = {{Severity::kModerate, 1}};
    rule.window = hours(1);
    rule.lifetime = lifetime;
    pack.rules.push_back(rule);
    return pack;
  }
  bool Suffices(const Pack& pack) { return watch_.Suffices(pack, now_); }

  absl::StatusOr<RetentionWatch::Retention> kept_ =
      RetentionWatch::Retention{{"fusion.keyed.v1", hours(24)}};
  int asked_ = 0;
  std::chrono::steady_clock::time_point now_;
  RetentionWatch watch_{[this] {
    ++asked_;
    return kept_;
  }};
};

TEST_F(RetentionWatchTest, AsksOnceForEachSetOfRules) {
  EXPECT_TRUE(Suffices(Rules("a", hours(24))));
  now_ += hours(5);
  EXPECT_TRUE(Suffices(Rules("a", hours(24))));
  EXPECT_EQ(asked_, 1);
  EXPECT_FALSE(Suffices(Rules("b", hours(25))));
  EXPECT_TRUE(Suffices(Rules("a", hours(24))));
  EXPECT_EQ(asked_, 3);
}

TEST_F(RetentionWatchTest, SeesThatTopicsAreKeptLongerNow) {
  const Pack slow = Rules("b", hours(25));
  EXPECT_FALSE(Suffices(slow));
  kept_ = RetentionWatch::Retention{{"fusion.keyed.v1", hours(25)}};
  now_ += seconds(59);
  EXPECT_FALSE(Suffices(slow));
  EXPECT_EQ(asked_, 1);
  now_ += seconds(1);
  EXPECT_TRUE(Suffices(slow));
}

TEST_F(RetentionWatchTest, WhatBrokersSaidLastHoldsWhileTheyDoNotAnswer) {
  const Pack slow = Rules("b", hours(25));
  EXPECT_FALSE(Suffices(slow));
  kept_ = absl::UnavailableError("no broker answers");
  now_ += seconds(60);
  EXPECT_FALSE(Suffices(slow));
  const Pack quick = Rules("a", hours(24));
  EXPECT_FALSE(Suffices(quick));
  kept_ = RetentionWatch::Retention{{"fusion.keyed.v1", hours(24)}};
  now_ += seconds(60);
  EXPECT_TRUE(Suffices(quick));
  EXPECT_EQ(asked_, 4);
}

}  // namespace
}  // namespace tocsin
