#include "lib/lifecycle/lifecycle.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

const MissionId kUnamid("unamid");

Action Acknowledged(std::string id, int64_t expect = -1, int32_t revision = 1,
                    std::string person = "officer-1") {
  Action action;
  action.action_id = std::move(id);
  action.mission = kUnamid;
  action.warning = WarningId("00000000000000000000000000000001");
  action.detail = Acknowledge();
  action.person = std::move(person);
  action.desk = "unamid";
  action.expect = expect;
  action.warning_revision = revision;
  action.acted = FromMicros(1'000'000);
  action.status = Status::kActual;
  return action;
}

TEST(LifecycleTest, AcknowledgeNamesThePerson) {
  Action action = Acknowledged("a", 0, 3);
  action.comment = "patrol tasked";
  const Applied applied = Apply(Lifecycle(), action, kUnamid);
  EXPECT_EQ(applied.outcome, Outcome::kApplied);
  EXPECT_EQ(applied.lifecycle.state, LifecycleState::kAcknowledged);
  EXPECT_EQ(applied.lifecycle.actions, 1);
  EXPECT_EQ(applied.lifecycle.acknowledged_by, "officer-1");
  EXPECT_EQ(applied.lifecycle.acknowledged_desk, "unamid");
  EXPECT_EQ(applied.lifecycle.acknowledged, FromMicros(1'000'000));
  EXPECT_EQ(applied.lifecycle.acknowledged_revision, 3);
  EXPECT_EQ(applied.lifecycle.comment, "patrol tasked");
}

TEST(LifecycleTest, IgnoredLeavesNoTrace) {
  const Lifecycle before = Apply(Lifecycle(), Acknowledged("a"), kUnamid).lifecycle;
  Action foreign = Acknowledged("b", -1, 2);
  foreign.mission = MissionId("minurcat");
  Action program = Acknowledged("c", -1, 2, "");
  Action nameless = Acknowledged("", -1, 2);
  Action aimless = Acknowledged("d", -1, 2);
  aimless.warning = WarningId();
  Action unknown = Acknowledged("e", -1, 2);
  unknown.detail = std::monostate();
  const std::vector<std::pair<Action, Outcome>> table = {
      {foreign, Outcome::kForeignMission}, {program, Outcome::kNoPerson},
      {nameless, Outcome::kMalformed},     {aimless, Outcome::kMalformed},
      {unknown, Outcome::kMalformed},      {Acknowledged("a", -1, 2), Outcome::kDuplicate},
  };
  for (const auto& [action, outcome] : table) {
    const Applied applied = Apply(before, action, kUnamid);
    EXPECT_EQ(applied.outcome, outcome) << NameOf(outcome);
    EXPECT_EQ(applied.lifecycle, before) << NameOf(outcome);
  }
  Action of_nobody = Acknowledged("f");
  of_nobody.mission = MissionId();
  EXPECT_EQ(Apply(before, of_nobody, MissionId()).outcome, Outcome::kForeignMission);
}

TEST(LifecycleTest, TheFirstOfTwoWins) {
  const Lifecycle first =
      Apply(Lifecycle(), Acknowledged("a", 0, 1, "officer-1"), kUnamid).lifecycle;
  const Applied second = Apply(first, Acknowledged("b", 0, 1, "officer-2"), kUnamid);
  EXPECT_EQ(second.outcome, Outcome::kExpectMismatch);
  EXPECT_EQ(second.lifecycle.acknowledged_by, "officer-1");
  EXPECT_EQ(second.lifecycle.actions, 1);
  const Applied unchecked = Apply(first, Acknowledged("c", -1, 1, "officer-3"), kUnamid);
  EXPECT_EQ(unchecked.outcome, Outcome::kAlreadyAcknowledged);
  EXPECT_EQ(unchecked.lifecycle.acknowledged_by, "officer-1");
}

TEST(LifecycleTest, ALaterRevisionIsAcknowledgedAnew) {
  const Lifecycle first = Apply(Lifecycle(), Acknowledged("a", 0, 1), kUnamid).lifecycle;
  const Applied again = Apply(first, Acknowledged("b", 1, 2, "officer-2"), kUnamid);
  EXPECT_EQ(again.outcome, Outcome::kApplied);
  EXPECT_EQ(again.lifecycle.actions, 2);
  EXPECT_EQ(again.lifecycle.acknowledged_by, "officer-2");
  EXPECT_EQ(Apply(again.lifecycle, Acknowledged("c", 2, 1), kUnamid).outcome,
            Outcome::kAlreadyAcknowledged);
}

TEST(LifecycleTest, ARefusedIdStaysRefused) {
  const Lifecycle refused = Apply(Lifecycle(), Acknowledged("a", 1), kUnamid).lifecycle;
  EXPECT_EQ(refused.actions, 0);
  const Lifecycle later = Apply(refused, Acknowledged("b", 0), kUnamid).lifecycle;
  const Applied repeated = Apply(later, Acknowledged("a", 1, 2), kUnamid);
  EXPECT_EQ(repeated.outcome, Outcome::kDuplicate);
  EXPECT_EQ(repeated.lifecycle, later);
}

TEST(LifecycleTest, EncodingKeepsEverything) {
  Action action = Acknowledged("a", 0, 7, std::string("nul \0 and \xff", 10));
  action.comment = "a comment\nof two lines";
  const Lifecycle lifecycle = Apply(Lifecycle(), action, kUnamid).lifecycle;
  const auto decoded = DecodeLifecycle(Encode(lifecycle));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, lifecycle);
}

TEST(LifecycleTest, ForeignBytesAreDataLoss) {
  const std::string bytes = Encode(Apply(Lifecycle(), Acknowledged("a"), kUnamid).lifecycle);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(DecodeLifecycle(bytes.substr(0, length)).status().code(), absl::StatusCode::kDataLoss)
        << length;
  }
  EXPECT_FALSE(DecodeLifecycle(bytes + "x").ok());
  std::string other_format = bytes;
  other_format[7] = 1;
  EXPECT_FALSE(DecodeLifecycle(other_format).ok());
  std::string no_state = bytes;
  no_state[15] = 9;
  EXPECT_FALSE(DecodeLifecycle(no_state).ok());
}

// What a list of details, each by its own action, comes to.
class Story {
 public:
  Outcome Do(ActionDetail detail, std::string comment = "", std::string person = "officer-1") {
    Action action = Acknowledged(absl::StrCat("s", ++count_), -1, 1, std::move(person));
    action.detail = std::move(detail);
    action.comment = std::move(comment);
    action.acted = FromMicros(count_ * 1'000'000);
    Applied applied = Apply(life_, action, kUnamid);
    life_ = std::move(applied.lifecycle);
    return applied.outcome;
  }
  const Lifecycle& life() const { return life_; }

 private:
  Lifecycle life_;
  int64_t count_ = 0;
};

TEST(LifecycleTest, AssignedUntilGivenToNobody) {
  Story story;
  EXPECT_EQ(story.Do(Assign{"officer-2"}), Outcome::kApplied);
  EXPECT_EQ(story.life().owner, "officer-2");
  EXPECT_EQ(story.life().assigned_by, "officer-1");
  EXPECT_EQ(story.Do(Assign{"officer-2"}, "", "officer-3"), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Assign{}), Outcome::kApplied);
  EXPECT_EQ(story.life().owner, "");
}

TEST(LifecycleTest, TheLastWordsAreKeptWhateverTheyCameWith) {
  Story story;
  EXPECT_EQ(story.Do(Remark{}), Outcome::kMalformed);
  EXPECT_EQ(story.Do(Remark{}, "seen from the air"), Outcome::kApplied);
  EXPECT_EQ(story.Do(Assign{"officer-2"}), Outcome::kApplied);
  EXPECT_EQ(story.life().comment, "seen from the air");
  EXPECT_EQ(story.Do(Assign{}, "busy", "officer-2"), Outcome::kApplied);
  EXPECT_EQ(story.life().comment, "busy");
  EXPECT_EQ(story.life().comment_by, "officer-2");
}

TEST(LifecycleTest, EscalatedUpAndNeverDown) {
  Story story;
  EXPECT_EQ(story.Do(Escalate{EscalationLevel::kDutyOfficer}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Escalate{EscalationLevel::kChiefJoc}, "", ""), Outcome::kApplied);
  EXPECT_EQ(story.life().escalated_by, "") << "by policy";
  EXPECT_EQ(story.Do(Escalate{EscalationLevel::kDeputy}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Escalate{EscalationLevel::kChiefOfStaff}), Outcome::kApplied);
  EXPECT_EQ(story.life().level, EscalationLevel::kChiefOfStaff);
  EXPECT_EQ(story.life().escalated_by, "officer-1");
  EXPECT_EQ(story.Do(Escalate{}), Outcome::kMalformed);
}

TEST(LifecycleTest, AResolvedOneIsReopenedFirst) {
  Story story;
  EXPECT_EQ(story.Do(Reopen{}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Acknowledge{}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Escalate{EscalationLevel::kDeputy}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Resolve{}, "", "officer-2"), Outcome::kApplied);
  EXPECT_EQ(story.life().state, LifecycleState::kResolved);
  EXPECT_EQ(story.life().resolved_by, "officer-2");
  EXPECT_EQ(story.Do(Resolve{}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Acknowledge{}), Outcome::kResolved);
  EXPECT_EQ(story.Do(Assign{"officer-3"}), Outcome::kResolved);
  EXPECT_EQ(story.Do(Escalate{EscalationLevel::kChiefJoc}), Outcome::kResolved);
  EXPECT_EQ(story.Do(Remark{}, "words may always come"), Outcome::kApplied);
  EXPECT_EQ(story.Do(Mark{Verdict::kUseful}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Reopen{}), Outcome::kApplied);
  EXPECT_EQ(story.life().state, LifecycleState::kNew);
  EXPECT_EQ(story.life().level, EscalationLevel::kDutyOfficer);
  EXPECT_GT(story.life().waiting_since, kUnknownTime);
  // The same revision, once more.
  EXPECT_EQ(story.Do(Acknowledge{}, "", "officer-3"), Outcome::kApplied);
}

TEST(LifecycleTest, AnAcknowledgementLapsesAtItsOwnTimeOnly) {
  const Time at = FromMicros(90'000'000);
  const Time later = FromMicros(190'000'000);
  Story story;
  EXPECT_EQ(story.Do(Lapse{at}, "", ""), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Acknowledge{at}), Outcome::kApplied);
  // Another cannot take it, who has it may keep it longer.
  EXPECT_EQ(story.Do(Acknowledge{later}, "", "officer-2"), Outcome::kAlreadyAcknowledged);
  EXPECT_EQ(story.Do(Acknowledge{later}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Lapse{at}, "", ""), Outcome::kNoChange) << "it was extended";
  EXPECT_EQ(story.Do(Lapse{later}, "", ""), Outcome::kApplied);
  EXPECT_EQ(story.life().state, LifecycleState::kNew);
  EXPECT_EQ(story.life().waiting_since, later);
  EXPECT_EQ(story.life().acknowledged_by, "officer-1") << "as history";
  EXPECT_EQ(story.Do(Acknowledge{}, "", "officer-2"), Outcome::kApplied);
}

TEST(LifecycleTest, WhatUnitsDo) {
  const auto at = [](int64_t minute) { return FromMicros(minute * 60'000'000); };
  Story story;
  EXPECT_EQ(story.Do(Respond{"", ResponseStage::kTasked, at(1)}), Outcome::kMalformed);
  EXPECT_EQ(story.Do(Respond{"QRF", ResponseStage::kTasked, kUnknownTime}), Outcome::kMalformed);
  EXPECT_EQ(story.Do(Respond{"QRF", ResponseStage::kTasked, at(1)}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Respond{"QRF", ResponseStage::kTasked, at(1)}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Respond{"QRF", ResponseStage::kOnScene, at(20)}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Respond{"QRF", ResponseStage::kResult, at(50)}, "village is calm"),
            Outcome::kApplied);
  EXPECT_EQ(story.Do(Respond{"UNPOL", ResponseStage::kTasked, at(2)}, "", "officer-2"),
            Outcome::kApplied);
  const Response& qrf = story.life().responses.at("QRF");
  EXPECT_EQ(qrf, (Response{at(1), at(20), at(50), "village is calm", "officer-1"}));
  EXPECT_EQ(story.life().responses.at("UNPOL").told_by, "officer-2");
  EXPECT_EQ(story.Do(Respond{"QRF", ResponseStage::kTasked, at(90)}), Outcome::kApplied);
  EXPECT_EQ(story.life().responses.at("QRF").on_scene, kUnknownTime) << "a second task";
}

TEST(LifecycleTest, NoMoreUnitsAndLinksThanAWarningCanHave) {
  Story story;
  for (size_t i = 0; i < kMostUnits; ++i) {
    EXPECT_EQ(story.Do(Respond{absl::StrCat("u", i), ResponseStage::kTasked, FromMicros(1)}),
              Outcome::kApplied);
  }
  EXPECT_EQ(story.Do(Respond{"more", ResponseStage::kTasked, FromMicros(1)}), Outcome::kTooMany);
  EXPECT_EQ(story.Do(Respond{"u3", ResponseStage::kOnScene, FromMicros(2)}), Outcome::kApplied);
  for (size_t i = 0; i < kMostLinks; ++i) {
    EXPECT_EQ(story.Do(Link{WarningId(absl::StrCat("w", i))}), Outcome::kApplied);
  }
  EXPECT_EQ(story.Do(Link{WarningId("more")}), Outcome::kTooMany);
  EXPECT_EQ(story.Do(Link{WarningId("w0")}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Link{WarningId("w0"), true}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Link{WarningId("w0"), true}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Link{WarningId("00000000000000000000000000000001")}), Outcome::kMalformed);
}

TEST(LifecycleTest, AVerdictCanBeTakenBack) {
  Story story;
  EXPECT_EQ(story.Do(Mark{}), Outcome::kNoChange);
  EXPECT_EQ(story.Do(Mark{Verdict::kFalseAlarm}), Outcome::kApplied);
  EXPECT_EQ(story.Do(Mark{Verdict::kUseful}, "", "officer-2"), Outcome::kApplied);
  EXPECT_EQ(story.life().verdict_by, "officer-2");
  EXPECT_EQ(story.Do(Mark{}), Outcome::kApplied);
  EXPECT_EQ(story.life().verdict, Verdict::kUnspecified);
}

// ---- Properties over drawn logs. ----

Action Drawn(std::mt19937_64& engine) {
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(engine() % n); };
  Action action = Acknowledged(absl::StrCat("a", below(12)), below(5) - 1,
                               static_cast<int32_t>(1 + below(4)), absl::StrCat("p", below(3)));
  const std::vector<ActionDetail> details = {
      std::monostate(),
      Acknowledge{below(2) == 0 ? kNever : FromMicros(1 + below(3))},
      Assign{below(3) == 0 ? "" : absl::StrCat("p", below(3))},
      Remark{},
      Escalate{static_cast<EscalationLevel>(below(5))},
      Resolve{},
      Reopen{},
      Link{WarningId(absl::StrCat("w", below(3))), below(3) == 0},
      Mark{static_cast<Verdict>(below(3))},
      Respond{absl::StrCat("u", below(2)), static_cast<ResponseStage>(below(4)),
              FromMicros(below(4))},
      Lapse{FromMicros(1 + below(3))},
      Inherit{WarningId(absl::StrCat("w", below(3))), below(2) == 0 ? "" : "p1", "unamid",
              FromMicros(below(3)), FromMicros(1 + below(3)), below(2) == 0 ? "" : "p2", "p1",
              static_cast<EscalationLevel>(1 + below(4)), FromMicros(below(3)), "p1"},
  };
  action.detail = details[static_cast<size_t>(below(details.size()))];
  if (below(3) == 0) action.comment = absl::StrCat("words ", below(9));
  if (below(8) == 0) {
    action.mission = MissionId("minurcat");
  }
  if (below(8) == 0) {
    action.person.clear();
  }
  return action;
}

Lifecycle Fold(const std::vector<Action>& log) {
  Lifecycle lifecycle;
  for (const Action& action : log) {
    lifecycle = Apply(lifecycle, action, kUnamid).lifecycle;
  }
  return lifecycle;
}

TEST(LifecycleProperty, RepeatedRecordsHaveNoEffectWherever) {
  std::mt19937_64 engine(20080229);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Action> log;
    log.reserve(15);
    for (int i = 0; i < 15; ++i) {
      log.push_back(Drawn(engine));
    }
    const Lifecycle once = Fold(log);
    std::vector<Action> repeated = log;
    for (int i = 0; i < 6; ++i) {
      const size_t from = engine() % repeated.size();
      const size_t to = from + 1 + engine() % (repeated.size() - from);
      const Action copy = repeated[from];
      repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(to), copy);
    }
    ASSERT_EQ(Fold(repeated), once) << "round " << round;
  }
}

// The order is the log's: the state counts the applied, in order, and a prefix's state is the state
// that the rest goes on from, whether in memory or through the store's bytes.
TEST(LifecycleProperty, AStoredPrefixGoesOnAsTheLogDoes) {
  std::mt19937_64 engine(20090304);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Action> log;
    log.reserve(12);
    for (int i = 0; i < 12; ++i) {
      log.push_back(Drawn(engine));
    }
    Lifecycle lifecycle;
    int64_t applied = 0;
    for (const Action& action : log) {
      const auto restored = DecodeLifecycle(Encode(lifecycle));
      ASSERT_TRUE(restored.ok());
      const Applied next = Apply(*restored, action, kUnamid);
      Lifecycle but_for_seen = next.lifecycle;
      but_for_seen.seen = lifecycle.seen;
      if (next.outcome == Outcome::kApplied) {
        ++applied;
        EXPECT_NE(but_for_seen, lifecycle);
        EXPECT_EQ(next.lifecycle.actions, lifecycle.actions + 1);
      } else {
        EXPECT_EQ(but_for_seen, lifecycle) << NameOf(next.outcome);
      }
      // Only a person's word makes it acknowledged or resolved.
      if (next.lifecycle.state > lifecycle.state &&
          !std::holds_alternative<Inherit>(action.detail)) {
        EXPECT_FALSE(action.person.empty());
      }
      lifecycle = next.lifecycle;
      ASSERT_EQ(lifecycle.actions, applied);
    }
    ASSERT_EQ(lifecycle, Fold(log));
  }
}

}  // namespace
}  // namespace tocsin
