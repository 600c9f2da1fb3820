// Timelines by hand: which keys an event is copied to, and what corrections and withdrawals do.
#include "lib/routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RouterTest : public testing::Test {
 protected:
  RouterTest() { line_.Activate(); }
  Timeline line_;
};

Event WithActor(Event event, const std::string& name) {
  event.actors.push_back({.name = name, .register_id = "", .role = "perpetrator"});
  return event;
}

TEST_F(RouterTest, AnEventGoesToEachOfItsKeysOneRecordForEachPartition) {
  const Event event = WithActor(MakeEvent("west", "1", 9.7, kStart), "lord's  resistance ARMY ");
  ASSERT_TRUE(line_.Feed(event).ok());
  EXPECT_THAT(line_.Keys<Insert>(),
              ElementsAre("actor=lra", "area=east", "area=west", "corridor=border"));
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  std::set<int32_t> partitions;
  for (const RouterEffects::Keyed& keyed : line_.effects().keyed) {
    EXPECT_TRUE(partitions.insert(keyed.partition).second);
    for (const CorrelationKey& key : std::get<Insert>(keyed.record).keys) {
      EXPECT_EQ(PartitionOf(PartitionText(key), 4), keyed.partition);
    }
  }
  EXPECT_EQ(line_.total("events"), 1);
  EXPECT_EQ(line_.total("insert_keys"), 4);
  EXPECT_EQ(line_.total("inserts"), static_cast<int64_t>(partitions.size()));
}

TEST_F(RouterTest, ACorrectionThatMovesAnEventWithdrawsFromTheOldKeysOnly) {
  const Event first = MakeEvent("west", "1", 5, kStart);
  ASSERT_TRUE(line_.Feed(first).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
  Event second = Revised(first, RevisionKind::kCorrect);
  second.place.point->longitude = 15;
  ASSERT_TRUE(line_.Feed(second).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
  EXPECT_EQ(line_.Records<Withdraw>()[0].identity, first.identity);
  EXPECT_EQ(line_.Records<Withdraw>()[0].revision, 2);
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east"));
  EXPECT_EQ(line_.Records<Insert>()[0].event.revision, 2);
  Event third = Revised(second, RevisionKind::kRegrade);
  third.grading = {.reliability = "A", .credibility = "1"};
  ASSERT_TRUE(line_.Feed(third).ok());
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east"));
  EXPECT_EQ(line_.Records<Insert>()[0].event.grading.reliability, "A");
}

TEST_F(RouterTest, AWithdrawalNeedsNoContentAndIsNeverTooLate) {
  const Event first = MakeEvent("west", "1", 9.7, kStart);
  ASSERT_TRUE(line_.Feed(first).ok());
  Event second;
  second.identity = first.identity;
  second.revision = 2;
  second.revision_kind = RevisionKind::kWithdraw;
  second.accepted = first.accepted + 25 * kDay;
  ASSERT_TRUE(line_.Feed(second).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=east", "area=west", "corridor=border"));
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty());
  EXPECT_EQ(line_.total("withdrawn"), 1);
  // Filed again under the next revision.
  Event third = Revised(first, RevisionKind::kCorrect);
  third.revision = 3;
  ASSERT_TRUE(line_.Feed(third).ok());
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  EXPECT_EQ(line_.Keys<Insert>().size(), 3U);
}

TEST_F(RouterTest, AWithdrawalOfWhatIsNotHeldGoesToEveryPartition) {
  const Event event = Revised(MakeEvent("west", "1", 5, kStart), RevisionKind::kWithdraw);
  ASSERT_TRUE(line_.Feed(event).ok());
  const auto withdraws = line_.Records<Withdraw>();
  ASSERT_EQ(withdraws.size(), 4U);
  for (const Withdraw& withdraw : withdraws) EXPECT_THAT(withdraw.keys, IsEmpty());
  // The first revision, delivered after all, comes too late to matter.
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "1", 5, kStart)).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("stale"), 1);
}

TEST_F(RouterTest, ACorrectionOfWhatIsNotHeldIsTakenBackEverywhereAndInserted) {
  ASSERT_TRUE(line_.Feed(Revised(MakeEvent("west", "1", 5, kStart), RevisionKind::kCorrect)).ok());
  ASSERT_EQ(line_.effects().keyed.size(), 5U);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(std::holds_alternative<Withdraw>(line_.effects().keyed[i].record));
  }
  EXPECT_TRUE(std::holds_alternative<Insert>(line_.effects().keyed[4].record));
}

TEST_F(RouterTest, TheSameOrALowerRevisionHasNoSecondEffect) {
  const Event first = MakeEvent("west", "1", 5, kStart);
  const Event second = Revised(first, RevisionKind::kCorrect);
  ASSERT_TRUE(line_.Feed(first).ok());
  ASSERT_TRUE(line_.Feed(second).ok());
  for (const Event& again : {first, second}) {
    ASSERT_TRUE(line_.Feed(again).ok());
    EXPECT_THAT(line_.effects().keyed, IsEmpty());
  }
  EXPECT_EQ(line_.total("duplicates"), 1);
  EXPECT_EQ(line_.total("stale"), 1);
}

TEST_F(RouterTest, LateIsMeasuredFromTheEndOfWhatWasObserved) {
  Event in_time = MakeEvent("west", "1", 5, kStart);
  in_time.accepted = in_time.observed.to + 20 * kDay;
  ASSERT_TRUE(line_.Feed(in_time).ok());
  EXPECT_EQ(line_.Records<Insert>().size(), 1U);
  Event late = MakeEvent("west", "2", 5, kStart);
  late.accepted = late.observed.to + 20 * kDay + Duration(1);
  ASSERT_TRUE(line_.Feed(late).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("late"), 1);
}

TEST_F(RouterTest, ALateCorrectionOnlyTakesBack) {
  const Event first = MakeEvent("west", "1", 5, kStart);
  ASSERT_TRUE(line_.Feed(first).ok());
  ASSERT_TRUE(line_.Feed(Revised(first, RevisionKind::kCorrect, 30 * kDay)).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty());
}

TEST_F(RouterTest, ExerciseAndActualHaveDifferentKeys) {
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "1", 5, kStart)).ok());
  const CorrelationKey actual = line_.Records<Insert>()[0].keys[0];
  Event exercise = MakeEvent("west", "2", 5, kStart);
  exercise.status = Status::kExercise;
  exercise.exercise_id = "dawn";
  ASSERT_TRUE(line_.Feed(exercise).ok());
  const CorrelationKey other = line_.Records<Insert>()[0].keys[0];
  EXPECT_NE(actual, other);
  // An event corrected from one to the other leaves the first.
  Event corrected = Revised(MakeEvent("west", "1", 5, kStart), RevisionKind::kCorrect);
  corrected.status = Status::kExercise;
  corrected.exercise_id = "dawn";
  ASSERT_TRUE(line_.Feed(corrected).ok());
  EXPECT_EQ(line_.Records<Withdraw>()[0].keys, std::vector<CorrelationKey>{actual});
  EXPECT_EQ(line_.Records<Insert>()[0].keys, std::vector<CorrelationKey>{other});
}

TEST_F(RouterTest, AnEventNoRuleWantsIsNotRememberedAndItsCorrectionIs) {
  Event event = MakeEvent("west", "1", 55, kStart);
  ASSERT_TRUE(line_.Feed(event).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("unkeyed"), 1);
  // As of one that was forgotten: nobody knows where it may lie.
  event = Revised(event, RevisionKind::kCorrect);
  ASSERT_TRUE(line_.Feed(event).ok());
  EXPECT_THAT(line_.Records<Withdraw>(), testing::SizeIs(4));
  EXPECT_EQ(line_.total("withdrawn_everywhere"), 1);
  ASSERT_TRUE(line_.Feed(Revised(event, RevisionKind::kWithdraw)).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
}

TEST_F(RouterTest, AnUnknownTypeIsCountedAndMatchesNothing) {
  Event event = WithActor(MakeEvent("west", "1", 5, kStart), "LRA");
  event.actors[0].register_id = "lra";
  event.type = "security.unheard_of";
  ASSERT_TRUE(line_.Feed(event).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("unknown_types"), 1);
}

TEST_F(RouterTest, AnIdentityIsForgottenOnlyOnceEverySourceIsPastItsHorizon) {
  // Retention: longest lateness 20 d, window 5 d and lateness 20 d again.
  const Event event = MakeEvent("west", "1", 5, kStart);
  ASSERT_TRUE(line_.Feed(event).ok());
  ASSERT_TRUE(line_.Feed(MakeEvent("east", "1", 15, kStart)).ok());
  line_.Close();
  ASSERT_TRUE(line_.Feed(MakeEvent("east", "2", 15, kStart + 60 * kDay)).ok());
  line_.Close();
  EXPECT_EQ(line_.total("expired"), 0);  // west is behind: its corrections may still come
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "2", 5, kStart + 60 * kDay)).ok());
  line_.Close();
  EXPECT_EQ(line_.total("expired"), 2);
  ASSERT_TRUE(line_.Feed(Revised(event, RevisionKind::kWithdraw)).ok());
  EXPECT_EQ(line_.Records<Withdraw>().size(), 4U);
  for (const Withdraw& withdraw : line_.Records<Withdraw>()) EXPECT_THAT(withdraw.keys, IsEmpty());
}

TEST_F(RouterTest, NothingIsLeftOfExpiredIdentitiesAndTheRestIsKept) {
  for (int i = 0; i < 2500; ++i) {
    ASSERT_TRUE(line_.Feed(MakeEvent("west", std::to_string(i), 5, kStart + i * kSecond)).ok());
  }
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "new", 5, kStart + 90 * kDay)).ok());
  for (int i = 0; i < 4; ++i) {
    line_.Observe({.clock = kUnknownTime, .sources = {}, .beat = true});
    line_.Close();
  }
  EXPECT_EQ(line_.total("expired"), 2500);
  int64_t identities = 0, expiries = 0;
  for (const auto& [key, value] : line_.state().entries()) {
    identities += key[0] == 'i' ? 1 : 0;
    expiries += key[0] == 'x' ? 1 : 0;
  }
  EXPECT_EQ(identities, 1);
  EXPECT_EQ(expiries, 1);
}

TEST_F(RouterTest, UnusableEventsAreRefusedNamingTheFieldAndChangeNothing) {
  const Event good = MakeEvent("west", "1", 5, kStart);
  std::vector<std::pair<std::string, Event>> cases;
  const auto add = [&](const std::string& expected, auto&& change) {
    Event event = good;
    change(event);
    cases.emplace_back(expected, event);
  };
  add("id", [](Event& e) { e.identity.id = EventId(); });
  add("mission", [](Event& e) { e.identity.mission = MissionId("east"); });
  add("revision", [](Event& e) { e.revision = 0; });
  add("revision_kind", [](Event& e) { e.revision_kind = RevisionKind::kUnspecified; });
  add("status", [](Event& e) { e.status = Status::kUnspecified; });
  add("exercise_id", [](Event& e) { e.status = Status::kExercise; });
  add("exercise_id", [](Event& e) { e.exercise_id = "x"; });
  add("type", [](Event& e) { e.type.clear(); });
  add("nature", [](Event& e) { e.nature = Nature::kUnspecified; });
  add("observed.interval", [](Event& e) { e.observed.to = e.observed.from - Duration(1); });
  add("observed.interval.to_us", [](Event& e) { e.observed.to = Time::max(); });
  add("observed.interval.from_us", [](Event& e) { e.observed.from = Time::min(); });
  add("valid", [](Event& e) { e.valid = Interval{kStart, kStart - kDay}; });
  add("reported_us", [](Event& e) { e.reported = Time::max(); });
  add("accepted_us", [](Event& e) { e.accepted = Time::min(); });
  add("place.point.latitude", [](Event& e) { e.place.point->latitude = 91; });
  add("place.point.longitude", [](Event& e) { e.place.point->longitude = std::nan(""); });
  add("place.uncertainty_m", [](Event& e) { e.place.uncertainty_m = -1; });
  const size_t entries = line_.state().entries().size();
  for (const auto& [expected, event] : cases) {
    const absl::Status status = line_.Feed(Sitreps("west"), event);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << expected;
    EXPECT_THAT(std::string(status.message()), HasSubstr(expected + ":"));
    EXPECT_THAT(line_.effects().keyed, IsEmpty());
  }
  EXPECT_EQ(line_.state().entries().size(), entries + 1);  // the source has joined
  EXPECT_EQ(line_.router().sources()[0].next_offset, static_cast<int64_t>(cases.size()));
  EXPECT_EQ(line_.Feed(kRules, good).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(line_.Feed(good).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
}

TEST(RouterState, IsRefusedUnderOtherPartitionsOrAnotherClock) {
  Timeline line;
  line.Activate();
  Router other({.keyed_partitions = 8, .clock = ClockMode::kScenario, .margin = kSecond},
               MakeBoxes);
  EXPECT_EQ(other.Load(line.state()).code(), absl::StatusCode::kFailedPrecondition);
  Router wall({.keyed_partitions = 4, .clock = ClockMode::kWall, .margin = kSecond}, MakeBoxes);
  EXPECT_EQ(wall.Load(line.state()).code(), absl::StatusCode::kFailedPrecondition);
  Router none({}, MakeBoxes);
  EXPECT_EQ(none.Load(line.state()).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tocsin::testing_pack
