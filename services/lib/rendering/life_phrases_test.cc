#include "lib/rendering/life_phrases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rendering/shipped_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Time At(int minute) { return FromMicros(1'236'175'200'000'000 + minute * 60'000'000LL); }  // 14:00Z

std::vector<std::string> Said(const Lifecycle& life) {
  return LifePhrases(life, absl::UTCTimeZone(), rendering_testing::English());
}

TEST(LifePhrasesTest, NothingWhereNobodyDidAnything) { EXPECT_THAT(Said({}), IsEmpty()); }

TEST(LifePhrasesTest, WhoHasItAndWhatWasDone) {
  Lifecycle life;
  life.state = LifecycleState::kAcknowledged;
  life.acknowledged_by = "officer-1";
  life.acknowledged_desk = "unamid";
  life.acknowledged = At(0);
  life.level = EscalationLevel::kDeputy;
  life.escalated = At(5);
  life.owner = "officer-2";
  life.responses["QRF"] = {At(6), At(30), At(50), "village is calm", "officer-2"};
  life.responses["UNPOL"] = {At(7), kUnknownTime, kUnknownTime, "", "officer-2"};
  life.verdict = Verdict::kUseful;
  life.verdict_by = "officer-3";
  life.comment = "patrol stays overnight";
  life.comment_by = "officer-2";
  EXPECT_THAT(
      Said(life),
      ElementsAre(
          "acknowledged by officer-1 (unamid), 2009-03-04 14:00Z (14:00 local time)",
          "taken to the deputy by the mission's policy, 2009-03-04 14:05Z (14:05 local time)",
          "assigned to officer-2",
          "QRF: tasked 2009-03-04 14:06Z (14:06 local time), on scene 2009-03-04 14:30Z (14:30 "
          "local time), ended "
          "2009-03-04 14:50Z (14:50 local time): village is calm",
          "UNPOL: tasked 2009-03-04 14:07Z (14:07 local time)", "marked useful by officer-3",
          "officer-2: \"patrol stays overnight\""));
}

TEST(LifePhrasesTest, EveryState) {
  Lifecycle life;
  life.waiting_since = At(1);
  EXPECT_THAT(Said(life),
              ElementsAre("waits for somebody again since 2009-03-04 14:01Z (14:01 local time)"));
  life.state = LifecycleState::kAcknowledged;
  life.acknowledged_by = "officer-1";
  life.acknowledged_desk = "unamid";
  life.acknowledged = At(2);
  life.acknowledgement_expires = At(32);
  EXPECT_THAT(Said(life),
              ElementsAre("acknowledged by officer-1 (unamid), 2009-03-04 14:02Z (14:02 local "
                          "time), until 2009-03-04 14:32Z (14:32 local time)"));
  life.state = LifecycleState::kResolved;
  life.resolved_by = "officer-1";
  life.resolved = At(40);
  life.level = EscalationLevel::kChiefOfStaff;
  life.escalated = At(3);
  life.escalated_by = "officer-2";
  life.verdict = Verdict::kFalseAlarm;
  life.verdict_by = "officer-1";
  life.links = {WarningId("a"), WarningId("b")};
  EXPECT_THAT(
      Said(life),
      ElementsAre("resolved by officer-1, 2009-03-04 14:40Z (14:40 local time)",
                  "taken to the chief of staff by officer-2, 2009-03-04 14:03Z (14:03 local time)",
                  "marked a false alarm by officer-1", "linked with 2 other(s)"));
}

TEST(LifePhrasesTest, WhyItIsQuiet) {
  Lifecycle life;
  life.quiet = Quiet{QuietReason::kSilenced, "s-1", At(30)};
  EXPECT_THAT(Said(life), ElementsAre("kept quiet by a silence of this centre until 2009-03-04 "
                                      "14:30Z (14:30 local time)"));
  life.quiet = Quiet{QuietReason::kInhibited, "wide", kNever};
  EXPECT_THAT(Said(life), ElementsAre("kept quiet: a wider warning rests on it"));
  life.quiet = Quiet{QuietReason::kDigested, "column", At(30)};
  EXPECT_THAT(Said(life),
              ElementsAre("rings with others of its rule 2009-03-04 14:30Z (14:30 local "
                          "time): more come than anybody can see to"));
}

}  // namespace
}  // namespace tocsin
