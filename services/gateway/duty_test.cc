#include "gateway/duty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"

namespace tocsin::gateway {
namespace {

using testing::AcknowledgementOf;
using testing::ActionRecord;
using ::testing::ElementsAre;
using testing::IdOf;
using ::testing::IsEmpty;
using testing::MemoryViewStore;
using testing::RecordOf;
using testing::Shape;
using testing::WarningOf;

const EscalationPolicy kPolicy = {
    {Severity::kSevere,
     {{std::chrono::minutes(15), EscalationLevel::kDeputy},
      {std::chrono::minutes(60), EscalationLevel::kChiefJoc}}},
};

class AgendaTest : public ::testing::Test {
 protected:
  void Apply(const std::vector<InputRecord>& records) {
    const auto report = view_->Apply(records);
    ASSERT_TRUE(report.ok()) << report.status();
    for (const WarningId& id : report->touched) agenda_.Look(*view_, id);
  }
  // What is due so long after the first warning was issued: "<last digit of the warning> <id>".
  std::vector<std::string> DueAfter(std::chrono::minutes time) const {
    std::vector<std::string> said;
    for (const Action& action : agenda_.Due(*view_, WarningOf(1).issued + time)) {
      EXPECT_TRUE(action.person.empty());
      EXPECT_EQ(action.mission, MissionId("unamid"));
      said.push_back(StrCat(action.warning.str().substr(31), " ", NameOf(action.detail)));
    }
    return said;
  }

  MemoryViewStore store_;
  std::unique_ptr<View> view_ = *View::Open(store_, Shape());
  Agenda agenda_{kPolicy};
};

TEST_F(AgendaTest, WhatNobodyHasIsDueInTheOrderOfTime) {
  Apply({RecordOf(WarningOf(2), 0, 0), RecordOf(WarningOf(1), 1, 0)});
  EXPECT_EQ(agenda_.Next(), WarningOf(1).issued + std::chrono::minutes(15));
  EXPECT_THAT(DueAfter(std::chrono::minutes(14)), IsEmpty());
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), ElementsAre("1 escalate", "2 escalate"));
  // One acknowledged, one ended by the engine.
  Warning ended = WarningOf(2, 2);
  ended.message_type = MessageType::kExpire;
  Apply({ActionRecord(AcknowledgementOf(1, "a"), 0), RecordOf(ended, 0, 1)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), IsEmpty());
  EXPECT_EQ(agenda_.Next(), kNever);
}

TEST_F(AgendaTest, AnUpdateDoesNotGiveMoreTime) {
  Apply({RecordOf(WarningOf(1), 0, 0)});
  Warning update = WarningOf(1, 2);
  update.issued += std::chrono::minutes(14);
  Apply({RecordOf(update, 0, 1)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), ElementsAre("1 escalate"));
}

TEST_F(AgendaTest, DoneTwiceItHasOneEffectAndTheNextStepFollows) {
  Apply({RecordOf(WarningOf(1), 0, 0)});
  const Action due = agenda_.Due(*view_, WarningOf(1).issued + std::chrono::minutes(20)).at(0);
  Apply({ActionRecord(due, 0), ActionRecord(due, 1)});
  EXPECT_EQ(view_->LifecycleOf(WarningId(IdOf(1))).actions, 1);
  EXPECT_EQ(agenda_.Next(), WarningOf(1).issued + std::chrono::minutes(60));
}

TEST_F(AgendaTest, AnAcknowledgementLapsesAndAllIsFoundAgainAfterARestart) {
  Action lease = AcknowledgementOf(1, "a");
  lease.detail = Acknowledge{WarningOf(1).issued + std::chrono::minutes(10)};
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 1, 0), ActionRecord(lease, 0)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(11)), ElementsAre("1 lapse"));
  Agenda again(kPolicy);
  again.LookAtAll(*view_);
  EXPECT_EQ(again.Due(*view_, kNever), agenda_.Due(*view_, kNever));
  EXPECT_EQ(again.Next(), agenda_.Next());
}

TEST_F(AgendaTest, WhatWasDoneWithAMergedWarningGoesOnAtTheSurvivor) {
  Apply({RecordOf(WarningOf(1), 0, 0), ActionRecord(AcknowledgementOf(1, "a"), 0)});
  Warning merged = WarningOf(1, 2);
  merged.message_type = MessageType::kCancel;
  merged.end_reason = "merged";
  merged.merged_into = IdOf(2);
  Apply({RecordOf(merged, 0, 1)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(0)), IsEmpty());  // the survivor has not been read yet
  Apply({RecordOf(WarningOf(2), 1, 0)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(0)), ElementsAre("2 inherit"));
  Agenda again(kPolicy);
  again.LookAtAll(*view_);
  const std::vector<Action> due = agenda_.Due(*view_, WarningOf(1).issued);
  EXPECT_EQ(again.Due(*view_, WarningOf(1).issued), due);
  Apply({ActionRecord(due.at(0), 1)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(0)), IsEmpty());
  EXPECT_EQ(view_->LifecycleOf(WarningId(IdOf(2))).acknowledged_by,
            view_->LifecycleOf(WarningId(IdOf(1))).acknowledged_by);
  // Nor does the survivor escalate now: somebody has it.
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), IsEmpty());
  // The survivor ends in a third one, and takes along what it had.
  Warning further = WarningOf(2, 2);
  further.message_type = MessageType::kCancel;
  further.merged_into = IdOf(3);
  Apply({RecordOf(further, 1, 1), RecordOf(WarningOf(3), 0, 2)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(0)), ElementsAre("3 inherit"));
}

}  // namespace
}  // namespace tocsin::gateway
