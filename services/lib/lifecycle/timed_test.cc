#include "lib/lifecycle/timed.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

Time At(int64_t minute) { return FromMicros(1'000'000'000'000) + std::chrono::minutes(minute); }

const EscalationPolicy kPolicy = {
    {Severity::kSevere,
     {{std::chrono::minutes(15), EscalationLevel::kDeputy},
      {std::chrono::minutes(60), EscalationLevel::kChiefJoc}}},
};

class TimedTest : public ::testing::Test {
 protected:
  // Does what comes next, as the gateway would; false where nothing does.
  bool Go() {
    const auto next = NextTimed(told_, life_, kPolicy);
    if (!next) return false;
    due_ = next->due;
    Do(next->detail, next->action_id, "", next->due);
    return true;
  }
  void Do(ActionDetail detail, std::string id, std::string person, Time at) {
    Action action;
    action.action_id = std::move(id);
    action.mission = MissionId("unamid");
    action.warning = WarningId("w");
    action.detail = std::move(detail);
    action.person = std::move(person);
    action.warning_revision = 1;
    action.acted = at;
    const Applied applied = Apply(life_, action, MissionId("unamid"));
    EXPECT_EQ(applied.outcome, Outcome::kApplied) << NameOf(applied.outcome);
    life_ = applied.lifecycle;
  }

  Told told_{Severity::kSevere, At(0)};
  Lifecycle life_;
  Time due_;
};

TEST_F(TimedTest, TakenUpStepByStepWhileNobodyHasIt) {
  ASSERT_TRUE(Go());
  EXPECT_EQ(due_, At(15));
  EXPECT_EQ(life_.level, EscalationLevel::kDeputy);
  EXPECT_EQ(life_.escalated_by, "");
  ASSERT_TRUE(Go());
  EXPECT_EQ(due_, At(60));
  EXPECT_EQ(life_.level, EscalationLevel::kChiefJoc);
  EXPECT_FALSE(Go()) << "the policy has no more";
}

TEST_F(TimedTest, WhoTakesItUpByHandIsNotTakenBack) {
  Do(Escalate{EscalationLevel::kChiefOfStaff}, "a", "officer", At(1));
  EXPECT_FALSE(Go());
}

TEST_F(TimedTest, SomebodyHasItUntilTheyNoLongerDo) {
  Do(Acknowledge{At(30)}, "a", "officer", At(5));
  ASSERT_TRUE(Go());
  EXPECT_EQ(due_, At(30));
  EXPECT_EQ(life_.state, LifecycleState::kNew);
  ASSERT_TRUE(Go());
  EXPECT_EQ(due_, At(45)) << "counted from the lapse";
  EXPECT_EQ(life_.level, EscalationLevel::kDeputy);
  Do(Acknowledge{}, "b", "officer", At(46));
  EXPECT_FALSE(Go()) << "theirs without an end";
}

TEST_F(TimedTest, ReopenedItBeginsWithTheDutyOfficerAgain) {
  ASSERT_TRUE(Go());
  Do(Resolve{}, "a", "officer", At(20));
  EXPECT_FALSE(NextTimed(told_, life_, kPolicy).has_value());
  Do(Reopen{}, "b", "officer", At(100));
  ASSERT_TRUE(Go());
  EXPECT_EQ(due_, At(115));
  EXPECT_EQ(life_.level, EscalationLevel::kDeputy) << "another id than the first time";
}

// What was resolved is what somebody had seen; the engine has more to say since.
TEST_F(TimedTest, AResolvedOneComesBackWithALaterAlert) {
  Do(Resolve{}, "a", "officer", At(20));
  life_.resolved_revision = 3;
  told_.alerting_revision = 3;
  EXPECT_FALSE(NextTimed(told_, life_, kPolicy).has_value());
  told_.alerting_revision = 5;
  const auto next = NextTimed(told_, life_, kPolicy);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->action_id, "engine/reopen/5/1");
  EXPECT_TRUE(std::holds_alternative<Reopen>(next->detail));
  ASSERT_TRUE(Go());
  EXPECT_EQ(life_.state, LifecycleState::kNew);
}

TEST_F(TimedTest, ASeverityWithoutStepsIsNotTakenUp) {
  told_.severity = Severity::kMinor;
  EXPECT_FALSE(Go());
}

}  // namespace
}  // namespace tocsin
