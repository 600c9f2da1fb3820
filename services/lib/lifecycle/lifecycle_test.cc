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

Action Acknowledge(std::string id, int64_t expect = -1, int32_t revision = 1,
                   std::string person = "officer-1") {
  Action action;
  action.action_id = std::move(id);
  action.mission = kUnamid;
  action.warning = WarningId("00000000000000000000000000000001");
  action.kind = ActionKind::kAcknowledge;
  action.person = std::move(person);
  action.desk = "unamid";
  action.expect = expect;
  action.warning_revision = revision;
  action.acted = FromMicros(1'000'000);
  action.status = Status::kActual;
  return action;
}

TEST(LifecycleTest, AcknowledgeNamesThePerson) {
  Action action = Acknowledge("a", 0, 3);
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
  const Lifecycle before = Apply(Lifecycle(), Acknowledge("a"), kUnamid).lifecycle;
  Action foreign = Acknowledge("b", -1, 2);
  foreign.mission = MissionId("minurcat");
  Action program = Acknowledge("c", -1, 2, "");
  Action nameless = Acknowledge("", -1, 2);
  Action aimless = Acknowledge("d", -1, 2);
  aimless.warning = WarningId();
  Action unknown = Acknowledge("e", -1, 2);
  unknown.kind = ActionKind::kUnspecified;
  const std::vector<std::pair<Action, Outcome>> table = {
      {foreign, Outcome::kForeignMission}, {program, Outcome::kNoPerson},
      {nameless, Outcome::kMalformed},     {aimless, Outcome::kMalformed},
      {unknown, Outcome::kMalformed},      {Acknowledge("a", -1, 2), Outcome::kDuplicate},
  };
  for (const auto& [action, outcome] : table) {
    const Applied applied = Apply(before, action, kUnamid);
    EXPECT_EQ(applied.outcome, outcome) << NameOf(outcome);
    EXPECT_EQ(applied.lifecycle, before) << NameOf(outcome);
  }
  Action of_nobody = Acknowledge("f");
  of_nobody.mission = MissionId();
  EXPECT_EQ(Apply(before, of_nobody, MissionId()).outcome, Outcome::kForeignMission);
}

TEST(LifecycleTest, TheFirstOfTwoWins) {
  const Lifecycle first =
      Apply(Lifecycle(), Acknowledge("a", 0, 1, "officer-1"), kUnamid).lifecycle;
  const Applied second = Apply(first, Acknowledge("b", 0, 1, "officer-2"), kUnamid);
  EXPECT_EQ(second.outcome, Outcome::kExpectMismatch);
  EXPECT_EQ(second.lifecycle.acknowledged_by, "officer-1");
  EXPECT_EQ(second.lifecycle.actions, 1);
  const Applied unchecked = Apply(first, Acknowledge("c", -1, 1, "officer-3"), kUnamid);
  EXPECT_EQ(unchecked.outcome, Outcome::kAlreadyAcknowledged);
  EXPECT_EQ(unchecked.lifecycle.acknowledged_by, "officer-1");
}

TEST(LifecycleTest, ALaterRevisionIsAcknowledgedAnew) {
  const Lifecycle first = Apply(Lifecycle(), Acknowledge("a", 0, 1), kUnamid).lifecycle;
  const Applied again = Apply(first, Acknowledge("b", 1, 2, "officer-2"), kUnamid);
  EXPECT_EQ(again.outcome, Outcome::kApplied);
  EXPECT_EQ(again.lifecycle.actions, 2);
  EXPECT_EQ(again.lifecycle.acknowledged_by, "officer-2");
  EXPECT_EQ(Apply(again.lifecycle, Acknowledge("c", 2, 1), kUnamid).outcome,
            Outcome::kAlreadyAcknowledged);
}

TEST(LifecycleTest, ARefusedIdStaysRefused) {
  const Lifecycle refused = Apply(Lifecycle(), Acknowledge("a", 1), kUnamid).lifecycle;
  EXPECT_EQ(refused.actions, 0);
  const Lifecycle later = Apply(refused, Acknowledge("b", 0), kUnamid).lifecycle;
  const Applied repeated = Apply(later, Acknowledge("a", 1, 2), kUnamid);
  EXPECT_EQ(repeated.outcome, Outcome::kDuplicate);
  EXPECT_EQ(repeated.lifecycle, later);
}

TEST(LifecycleTest, EncodingKeepsEverything) {
  Action action = Acknowledge("a", 0, 7, std::string("nul \0 and \xff", 10));
  action.comment = "a comment\nof two lines";
  const Lifecycle lifecycle = Apply(Lifecycle(), action, kUnamid).lifecycle;
  const auto decoded = DecodeLifecycle(Encode(lifecycle));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, lifecycle);
}

TEST(LifecycleTest, ForeignBytesAreDataLoss) {
  const std::string bytes = Encode(Apply(Lifecycle(), Acknowledge("a"), kUnamid).lifecycle);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(DecodeLifecycle(bytes.substr(0, length)).status().code(), absl::StatusCode::kDataLoss)
        << length;
  }
  EXPECT_FALSE(DecodeLifecycle(bytes + "x").ok());
  std::string other_format = bytes;
  other_format[7] = 2;
  EXPECT_FALSE(DecodeLifecycle(other_format).ok());
  std::string no_state = bytes;
  no_state[15] = 9;
  EXPECT_FALSE(DecodeLifecycle(no_state).ok());
}

// ---- Properties over drawn logs. ----

Action Drawn(std::mt19937_64& engine) {
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(engine() % n); };
  Action action = Acknowledge(absl::StrCat("a", below(12)), below(5) - 1,
                              static_cast<int32_t>(1 + below(4)), absl::StrCat("p", below(3)));
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
    for (int i = 0; i < 12; ++i) {
      log.push_back(Drawn(engine));
    }
    Lifecycle lifecycle;
    int64_t applied = 0;
    std::string last_person;
    int32_t last_revision = 0;
    for (const Action& action : log) {
      const auto restored = DecodeLifecycle(Encode(lifecycle));
      ASSERT_TRUE(restored.ok());
      const Applied next = Apply(*restored, action, kUnamid);
      if (next.outcome == Outcome::kApplied) {
        ++applied;
        EXPECT_GT(action.warning_revision, last_revision);
        last_revision = action.warning_revision;
        last_person = action.person;
      }
      lifecycle = next.lifecycle;
      ASSERT_EQ(lifecycle.actions, applied);
      ASSERT_EQ(lifecycle.acknowledged_by, last_person);
    }
    ASSERT_EQ(lifecycle, Fold(log));
  }
}

}  // namespace
}  // namespace tocsin
