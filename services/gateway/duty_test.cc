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
    if (report->centre) agenda_.LookAtStanding(*view_, now_);
    for (const WarningId& id : report->touched) agenda_.Look(*view_, id, now_);
  }
  // Writes what is due now, and reads it back, until nothing is.
  std::vector<std::string> WriteDue() {
    std::vector<std::string> said;
    while (said.size() < 20) {
      const std::vector<Action> due = agenda_.Due(*view_, now_);
      if (due.empty()) break;
      for (const Action& action : due) {
        said.push_back(StrCat(action.warning.str().substr(31), " ", NameOf(action.detail)));
        Apply({ActionRecord(action, actions_++)});
      }
    }
    return said;
  }
  Lifecycle LifeOf(int n) const { return view_->LifecycleOf(WarningId(IdOf(n))); }
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
  Time now_ = WarningOf(1).issued;
  int64_t actions_ = 0;
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
  again.LookAtAll(*view_, now_);
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
  again.LookAtAll(*view_, now_);
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

Warning PartOf(int n, int origin) {
  Warning part = WarningOf(n);
  part.split_from = IdOf(origin);
  return part;
}
InputRecord At(InputRecord record, int64_t second) {
  record.logged = FromMicros(second * 1'000'000);
  return record;
}
Action Assigning(int warning, const std::string& id, const std::string& person) {
  Action action = AcknowledgementOf(warning, id);
  action.detail = Assign{person};
  return action;
}

TEST_F(AgendaTest, APartOfASplitWarningTakesAlongWhatHadBeenDoneWithTheWhole) {
  Apply({RecordOf(PartOf(2, 1), 1, 0), ActionRecord(AcknowledgementOf(1, "a"), actions_++),
         ActionRecord(Assigning(1, "b", "officer-2"), actions_++)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(0)), IsEmpty());  // the origin has not been read yet
  Apply({RecordOf(WarningOf(1), 0, 0)});
  Agenda again(kPolicy);
  again.LookAtAll(*view_, now_);
  EXPECT_EQ(again.Due(*view_, now_), agenda_.Due(*view_, now_));
  EXPECT_THAT(WriteDue(), ElementsAre("2 inherit"));
  EXPECT_EQ(LifeOf(2).state, LifecycleState::kAcknowledged);
  EXPECT_EQ(LifeOf(2).owner, "officer-2");
  EXPECT_EQ(LifeOf(2).predecessors, std::set<WarningId>{WarningId(IdOf(1))});
  // Somebody has both, and from now on each has its own life.
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), IsEmpty());
  Apply(
      {ActionRecord(Assigning(1, "c", "officer-3"), actions_++), RecordOf(WarningOf(1, 2), 0, 1)});
  EXPECT_THAT(WriteDue(), IsEmpty());
  EXPECT_EQ(LifeOf(2).owner, "officer-2");
}

TEST_F(AgendaTest, WhatIsDoneWithTheOtherPartAfterASplitStaysThere) {
  Apply({At(RecordOf(WarningOf(1), 0, 0), 1), At(RecordOf(PartOf(2, 1), 1, 0), 5),
         At(ActionRecord(AcknowledgementOf(1, "a"), 0), 6)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), ElementsAre("2 escalate"));
  // Of what had been done by then, that comes along.
  Apply({At(RecordOf(WarningOf(3), 0, 1), 1),
         At(ActionRecord(Assigning(3, "b", "officer-2"), 1), 4),
         At(RecordOf(PartOf(4, 3), 1, 1), 5), At(ActionRecord(AcknowledgementOf(3, "c"), 2), 6)});
  EXPECT_THAT(WriteDue(), ElementsAre("4 inherit"));
  EXPECT_EQ(LifeOf(4).owner, "officer-2");
  EXPECT_EQ(LifeOf(4).state, LifecycleState::kNew);
}

// A part of a part: what the first one inherits it had when it was split, whenever that is written.
TEST_F(AgendaTest, APartThatIsSplitItselfHandsOnWhatItInherits) {
  Apply({At(RecordOf(WarningOf(1), 0, 0), 1), At(ActionRecord(AcknowledgementOf(1, "a"), 0), 2),
         At(RecordOf(PartOf(2, 1), 1, 0), 3),
         At(ActionRecord(Assigning(2, "b", "officer-2"), 1), 4),
         At(RecordOf(PartOf(3, 2), 1, 1), 5)});
  actions_ = 2;
  std::vector<std::string> said;
  for (const char* expected : {"2 inherit", "3 inherit"}) {
    const std::vector<Action> due = agenda_.Due(*view_, now_);
    ASSERT_EQ(due.size(), 1) << expected;
    said.push_back(StrCat(due[0].warning.str().substr(31), " ", NameOf(due[0].detail)));
    Apply({At(ActionRecord(due[0], actions_++), 9)});
  }
  EXPECT_THAT(said, ElementsAre("2 inherit", "3 inherit"));
  EXPECT_THAT(WriteDue(), IsEmpty());
  EXPECT_EQ(LifeOf(3).acknowledged_by, "officer");
  EXPECT_EQ(LifeOf(3).owner, "officer-2");
}

TEST_F(AgendaTest, AnAcknowledgementIsOfWhatHadBeenSeenOfTheWhole) {
  // What was acknowledged was severe; what is left of it under its id is less, the part is not.
  Apply({RecordOf(WarningOf(1), 0, 0), ActionRecord(AcknowledgementOf(1, "a"), actions_++)});
  Warning less = WarningOf(1, 2);
  less.content.severity = Severity::kModerate;
  Apply({RecordOf(less, 0, 1), RecordOf(PartOf(2, 1), 1, 0)});
  EXPECT_THAT(WriteDue(), ElementsAre("2 inherit"));
  EXPECT_EQ(LifeOf(2).state, LifecycleState::kAcknowledged);
  // Nobody has seen one that is graver, whatever the other has become since.
  Warning extreme = WarningOf(1, 3);
  extreme.content.severity = Severity::kExtreme;
  Warning part = PartOf(3, 1);
  part.content.severity = Severity::kExtreme;
  Apply({RecordOf(extreme, 0, 2), RecordOf(part, 1, 1)});
  EXPECT_THAT(WriteDue(), ElementsAre("3 inherit"));
  EXPECT_EQ(LifeOf(3).state, LifecycleState::kNew);
}

TEST_F(AgendaTest, OnlyPartsAndOriginsThatThisCentreSeesInherit) {
  const auto theirs = [](Warning warning) {
    warning.content.addressees = {MissionId("minurcat")};
    warning.content.label = testing::Released("tocsin", {"minurcat"});
    return warning;
  };
  Apply({RecordOf(theirs(WarningOf(1)), 0, 0), RecordOf(PartOf(2, 1), 1, 0),
         RecordOf(WarningOf(3), 0, 1), RecordOf(theirs(PartOf(4, 3)), 1, 1),
         ActionRecord(AcknowledgementOf(1, "a"), actions_++),
         ActionRecord(AcknowledgementOf(3, "b"), actions_++)});
  EXPECT_THAT(WriteDue(), IsEmpty());
}

// Merged into another and back again: it stands, and is escalated whatever comes to that one.
TEST_F(AgendaTest, WhatComesBackAfterAMergeIsNotForgotten) {
  Warning merged = WarningOf(1, 2);
  merged.message_type = MessageType::kCancel;
  merged.merged_into = IdOf(2);
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 1, 0), RecordOf(merged, 0, 1)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), ElementsAre("2 escalate"));
  Apply({RecordOf(WarningOf(1, 3), 0, 2), RecordOf(WarningOf(2, 2), 1, 1)});
  EXPECT_THAT(DueAfter(std::chrono::minutes(16)), ElementsAre("1 escalate", "2 escalate"));
}

// Nobody is sent for while it lasts; when it is over the warning waits from then on.
TEST_F(AgendaTest, ASilenceKeepsWhatStandsQuietAndWakesItAtItsEnd) {
  Apply({RecordOf(WarningOf(1), 0, 0)});
  const Time set = now_;
  Apply({testing::CentreRecord(testing::SilenceOf("s", set, std::chrono::hours(2)), actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 quieten"));
  EXPECT_TRUE(LifeOf(1).quiet.has_value());
  // What comes while it lasts is silenced, too.
  Apply({RecordOf(WarningOf(2), 0, 1)});
  EXPECT_THAT(WriteDue(), ElementsAre("2 quieten"));
  now_ = set + std::chrono::minutes(90);
  EXPECT_THAT(WriteDue(), IsEmpty());
  EXPECT_EQ(agenda_.Next(), set + std::chrono::hours(2));
  now_ = set + std::chrono::hours(2);
  EXPECT_THAT(WriteDue(), ElementsAre("1 wake", "2 wake"));
  EXPECT_EQ(LifeOf(1).waiting_since, now_);
  EXPECT_EQ(agenda_.Next(), now_ + std::chrono::minutes(15));
  // All of it is found again after a restart.
  Agenda again(kPolicy);
  again.LookAtAll(*view_, now_);
  EXPECT_EQ(again.Next(), agenda_.Next());
}

TEST_F(AgendaTest, ASilenceThatIsEndedOrOutgrownWakesAtOnce) {
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 0, 1),
         testing::CentreRecord(testing::SilenceOf("s", now_, std::chrono::hours(2)), actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 quieten", "2 quieten"));
  Warning graver = WarningOf(1, 2);
  graver.content.severity = Severity::kExtreme;
  Apply({RecordOf(graver, 0, 2)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 wake"));
  Apply({testing::CentreRecord(testing::CentreActionOf("e", EndSilence{"s"}, now_), actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("2 wake"));
  EXPECT_FALSE(LifeOf(2).quiet.has_value());
}

TEST_F(AgendaTest, AnExtremeOneIsSilencedOnceTheChiefHasSigned) {
  Warning extreme = WarningOf(1);
  extreme.content.severity = Severity::kExtreme;
  Apply(
      {RecordOf(extreme, 0, 0),
       testing::CentreRecord(
           testing::SilenceOf("s", now_, std::chrono::hours(2), Severity::kExtreme), actions_++)});
  EXPECT_THAT(WriteDue(), IsEmpty());
  Apply({testing::CentreRecord(testing::CentreActionOf("c", Countersign{"s"}, now_), actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 quieten"));
}

// Resolved is what somebody had seen. A quiet revision after one that alerts does not hide it.
TEST_F(AgendaTest, AResolvedOneComesBackWithALaterAlert) {
  Action resolve = AcknowledgementOf(1, "r");
  resolve.detail = Resolve{};
  Apply({RecordOf(WarningOf(1), 0, 0), ActionRecord(resolve, actions_++)});
  Warning quiet = WarningOf(1, 2);
  quiet.alerts = false;
  Apply({RecordOf(quiet, 0, 1)});
  EXPECT_THAT(WriteDue(), IsEmpty());
  Warning graver = WarningOf(1, 3);
  graver.alerts = true;
  quiet.revision = 4;
  Apply({RecordOf(graver, 0, 2), RecordOf(quiet, 0, 3)});
  Agenda again(kPolicy);
  again.LookAtAll(*view_, now_);
  EXPECT_EQ(again.Due(*view_, now_), agenda_.Due(*view_, now_));
  EXPECT_THAT(WriteDue(), ElementsAre("1 reopen"));
  EXPECT_EQ(LifeOf(1).state, LifecycleState::kNew);
  // Who resolves what has come since then is not asked again; who had only seen less of it is.
  resolve.action_id = "r2";
  resolve.warning_revision = 4;
  Apply({ActionRecord(resolve, actions_++)});
  EXPECT_THAT(WriteDue(), IsEmpty());
  graver.revision = 5;
  Apply({RecordOf(graver, 0, 4)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 reopen"));
  resolve.action_id = "r3";
  Apply({ActionRecord(resolve, actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 reopen"));
}

Warning WideOver(int n, const std::vector<int>& narrower, int32_t revision = 1) {
  Warning wide = WarningOf(n, revision);
  for (const int one : narrower) {
    wide.rests_on.push_back({WarningId(IdOf(one)), one, RuleId("attacks-near-border"), "part"});
  }
  return wide;
}

TEST_F(AgendaTest, AWiderWarningKeepsQuietWhatItRestsOnWhileItStands) {
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 0, 1)});
  Apply({RecordOf(WideOver(9, {1, 2}), 1, 0)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 quieten", "2 quieten"));
  EXPECT_EQ(LifeOf(1).quiet->reason, QuietReason::kInhibited);
  EXPECT_EQ(LifeOf(1).quiet->by, IdOf(9));
  // It no longer rests on one of them.
  Apply({RecordOf(WideOver(9, {2}, 2), 1, 1)});
  EXPECT_THAT(WriteDue(), ElementsAre("1 wake"));
  // This centre is done with it.
  Action resolve = AcknowledgementOf(9, "r");
  resolve.detail = Resolve{};
  Apply({ActionRecord(resolve, actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("2 wake"));
  Action reopen = AcknowledgementOf(9, "o");
  reopen.detail = Reopen{};
  Apply({ActionRecord(reopen, actions_++)});
  EXPECT_THAT(WriteDue(), ElementsAre("2 quieten"));
  Warning ended = WideOver(9, {2}, 3);
  ended.message_type = MessageType::kExpire;
  Apply({RecordOf(ended, 1, 2)});
  EXPECT_THAT(WriteDue(), ElementsAre("2 wake"));
}

TEST_F(AgendaTest, AWiderWarningOfOthersHidesNothingHere) {
  Warning theirs = WideOver(9, {1});
  theirs.content.addressees = {MissionId("minurcat")};
  theirs.content.label = testing::Released("tocsin", {"minurcat"});
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(theirs, 1, 0)});
  EXPECT_THAT(WriteDue(), IsEmpty());
}

// Eleven at once: what no person can see to rings together, and again while nobody takes it up.
TEST_F(AgendaTest, AStormRingsTogether) {
  const auto at = [this](int n, int64_t seconds, Severity severity = Severity::kSevere) {
    Warning warning = WarningOf(n);
    warning.issued = now_ + std::chrono::seconds(seconds);
    warning.content.severity = severity;
    return warning;
  };
  const Time start = now_;
  std::vector<InputRecord> records;
  for (int n = 1; n <= 9; ++n) records.push_back(RecordOf(at(n, 0, Severity::kModerate), 0, n));
  Apply(records);
  Apply({RecordOf(at(10, 0, Severity::kModerate), 1, 0)});
  EXPECT_THAT(WriteDue(), IsEmpty());
  Apply({RecordOf(at(11, 0), 0, 11), RecordOf(at(12, 1), 0, 12),
         RecordOf(at(13, 1, Severity::kExtreme), 0, 13)});
  EXPECT_EQ(WriteDue().size(), 2U);
  EXPECT_EQ(LifeOf(11).quiet, (Quiet{QuietReason::kDigested, WarningOf(11).content.rule_id.str(),
                                     start + std::chrono::seconds(30)}));
  EXPECT_FALSE(LifeOf(13).quiet.has_value());
  // All of it is found again after a restart, by a view that begins where the last one ended.
  Agenda again(kPolicy);
  const auto reopened = *View::Open(store_, Shape());
  again.LookAtAll(*reopened, now_);
  EXPECT_EQ(again.Next(), agenda_.Next());
  now_ = start + std::chrono::seconds(30);
  EXPECT_EQ(WriteDue().size(), 2U);
  EXPECT_EQ(LifeOf(11).rang, now_);
  EXPECT_EQ(LifeOf(12).rang, now_);
  EXPECT_FALSE(LifeOf(12).quiet.has_value());
  Apply({ActionRecord(AcknowledgementOf(11, "a"), actions_++)});
  // Escalation counts from when it rang; what nobody has taken up rings again.
  now_ += std::chrono::minutes(15);
  EXPECT_EQ(WriteDue().size(), 1U);
  EXPECT_EQ(LifeOf(12).level, EscalationLevel::kDeputy);
  now_ = start + std::chrono::seconds(30) + std::chrono::minutes(30);
  EXPECT_EQ(WriteDue().size(), 1U);
  EXPECT_EQ(LifeOf(12).rang, now_);
  EXPECT_LT(LifeOf(11).rang, now_);
}

}  // namespace
}  // namespace tocsin::gateway
