// Rules that change while warnings stand: docs/decisions/0015.
#include "lib/correlation/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Attacks(const std::string& severities, const std::string& window = "10m",
                 const std::string& key = "corridor") {
  return RuleDocument("attacks", "kind: event_count\ngroup_by: [" + key +
                                     "]\nselections: {attack: {types: [security.attack]}}\n"
                                     "condition: {window: " +
                                     window + ", severities: {" + severities +
                                     "}}\naddress: all\nlifetime: 10d\n");
}

Document Other() {
  return RuleDocument("other", R"(kind: event_count
group_by: [area]
selections: {attack: {types: [security.attack]}}
condition: {window: 5m, severities: {minor: 2}}
address: all
lifetime: 10d
)");
}

TEST(ReconcileTest, ARestatedRuleUpdatesWhatStandsWithTheNextTick) {
  Bench bench({Attacks("moderate: 2")});
  bench.File(AttackAt("a", 0));
  const std::vector<Warning> first = bench.File(AttackAt("b", 1));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_THAT(bench.Change({Attacks("severe: 2")}), IsEmpty());
  const std::vector<Warning> again = bench.TimeIs(2);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].id, first[0].id);
  EXPECT_EQ(again[0].number, first[0].number);
  EXPECT_EQ(again[0].message_type, MessageType::kUpdate);
  EXPECT_EQ(again[0].content.severity, Severity::kSevere);
  EXPECT_TRUE(again[0].found_by_backfill);
  EXPECT_FALSE(again[0].alerts);
  EXPECT_THAT(bench.TimeIs(3), IsEmpty());
}

TEST(ReconcileTest, OnlyExtremeAlerts) {
  Bench bench({Attacks("moderate: 2")});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 1));
  bench.Change({Attacks("extreme: 2")});
  const std::vector<Warning> again = bench.TimeIs(2);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_TRUE(again[0].found_by_backfill);
  EXPECT_TRUE(again[0].alerts);
}

TEST(ReconcileTest, WhatThresholdsNoLongerReachEnds) {
  Bench bench({Attacks("moderate: 2")});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 1));
  bench.Change({Attacks("moderate: 3")});
  const std::vector<Warning> ended = bench.TimeIs(2);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "rule_changed");
  // It comes back as the same warning.
  bench.Change({Attacks("moderate: 2")});
  const std::vector<Warning> back = bench.TimeIs(3);
  ASSERT_THAT(back, SizeIs(1));
  EXPECT_EQ(back[0].id, ended[0].id);
  EXPECT_EQ(back[0].revision, ended[0].revision + 1);
}

Document SecurityEvents(const std::string& types, const std::string& window,
                        const std::string& lifetime) {
  return RuleDocument("events",
                      "kind: event_count\ngroup_by: [corridor]\n"
                      "selections: {one: {types: [" +
                          types + "]}}\ncondition: {window: " + window +
                          ", severities: {minor: 1}}\naddress: all\nlifetime: " + lifetime + "\n");
}

// It would begin again under its id, with a revision that readers have had.
TEST(ReconcileTest, WhatHasExpiredIsNotForgottenBeforeItsRuleIsReconciled) {
  constexpr int64_t kDay = 24 * 60;
  Bench bench({SecurityEvents("security.attack", "1d", "1d")});
  const std::vector<Warning> first = bench.File(AttackAt("a", 0));
  ASSERT_THAT(first, SizeIs(1));
  ASSERT_THAT(bench.TimeIs(3 * kDay), SizeIs(1)) << "it expires";
  // With another event between the two, and with what is told for longer, it stands still.
  KeyedEvent sighting = AttackAt("b", 9 * kDay);
  sighting.type = "security.sighting";
  EXPECT_THAT(bench.Change({SecurityEvents("security.*", "10d", "75d")}, {"events"}), IsEmpty());
  // Past the horizon of what was.
  EXPECT_THAT(bench.TimeIs(81 * kDay), IsEmpty());
  EXPECT_THAT(bench.ReadAgain(AttackAt("a", 0)), IsEmpty());
  EXPECT_THAT(bench.ReadAgain(sighting), IsEmpty());
  EXPECT_THAT(bench.Done("events"), IsEmpty());
  const std::vector<Warning> again = bench.TimeIs(81 * kDay + 1);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].id, first[0].id);
  EXPECT_EQ(again[0].number, first[0].number);
  EXPECT_EQ(again[0].revision, 3);
  EXPECT_THAT(EvidenceIds(again[0]), ElementsAre("a", "b"));
}

TEST(ReconcileTest, ARemovedRuleEndsItsOwnWarningsAndNoOthers) {
  Bench bench({Attacks("moderate: 2"), Other()});
  bench.File(AttackAt("a", 0));
  EXPECT_THAT(bench.File(AttackAt("b", 1)), SizeIs(2));
  bench.Change({Other()});
  const std::vector<Warning> ended = bench.TimeIs(2);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].content.rule_id, RuleId("attacks"));
  EXPECT_EQ(ended[0].end_reason, "rule_removed");
  // Its events went with its keys; the other rule goes on.
  EXPECT_THAT(bench.File(AttackAt("c", 2)), SizeIs(1));
  for (const auto& [key, value] : bench.state().entries()) {
    EXPECT_FALSE(key[0] == 'e' && key.find("corridor") != std::string::npos);
  }
}

TEST(ReconcileTest, ANewRuleIsLiveAtOnceAndSilentAboutThePastUntilAllIsRead) {
  Bench bench({Other()});
  bench.File(AttackAt("a", 0));
  EXPECT_THAT(bench.Change({Attacks("moderate: 2"), Other()}, {"attacks"}), IsEmpty());
  // Live: two events after the change.
  bench.File(AttackAt("x", 1000));
  const std::vector<Warning> live = bench.File(AttackAt("y", 1001));
  ASSERT_THAT(live, SizeIs(2));
  EXPECT_TRUE(live[0].alerts);
  EXPECT_FALSE(live[0].found_by_backfill);
  // The past, silently.
  EXPECT_THAT(bench.ReadAgain(AttackAt("a", 0)), IsEmpty());
  EXPECT_THAT(bench.ReadAgain(AttackAt("b", 1)), IsEmpty());
  EXPECT_THAT(bench.TimeIs(1002), IsEmpty());
  EXPECT_THAT(bench.Done("attacks"), IsEmpty());
  const std::vector<Warning> found = bench.TimeIs(1003);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].message_type, MessageType::kAlert);
  EXPECT_THAT(EvidenceIds(found[0]), ElementsAre("a", "b"));
  EXPECT_TRUE(found[0].found_by_backfill);
  EXPECT_FALSE(found[0].alerts);
}

TEST(ReconcileTest, WhatHasExpiredIsNotRaised) {
  Bench bench({Other()});
  bench.Change({Attacks("extreme: 2"), Other()}, {"attacks"});
  bench.ReadAgain(AttackAt("a", 0));
  bench.ReadAgain(AttackAt("b", 1));
  bench.Done("attacks");
  EXPECT_THAT(bench.TimeIs(60 * 24 * 10 + 3), IsEmpty());
}

TEST(ReconcileTest, WhatHasExpiredIsNotRaisedWhileASourceIsBehindAgain) {
  constexpr int64_t kLater = 60 * 24 * 10 + 3;
  Bench bench({Attacks("moderate: 2")});
  bench.File(AttackAt("a", 0));
  ASSERT_THAT(bench.File(AttackAt("b", 1)), SizeIs(1));
  ASSERT_THAT(bench.TimeIs(kLater), SizeIs(1)) << "it expires";
  bench.Change({Attacks("extreme: 2")});
  // A mission that has been quiet since the beginning has something to say: until that is read, all
  // is known up to its last record only.
  Tick tick = Bench::TickAt(kLater);
  tick.sources[0].status = SourceStatus::kBehind;
  EXPECT_THAT(bench.Step(tick).warnings, IsEmpty());
  // A restart knows as much.
  bench.Change({Attacks("extreme: 2", "9m")}, {});
  ASSERT_TRUE(bench.correlator().Load(bench.state()).ok());
  EXPECT_THAT(bench.Step(tick).warnings, IsEmpty());
}

TEST(ReconcileTest, OtherKeysWaitUntilAllIsRead) {
  Bench bench({Attacks("moderate: 2")});
  bench.File(AttackAt("a", 0));
  const std::vector<Warning> first = bench.File(AttackAt("b", 1));
  bench.Change({Attacks("moderate: 2", "10m", "area")}, {"attacks"});
  EXPECT_THAT(bench.TimeIs(2), IsEmpty());  // not ended yet
  bench.ReadAgain(AttackAt("a", 0));
  bench.ReadAgain(AttackAt("b", 1));
  bench.Done("attacks");
  const std::vector<Warning> changed = bench.TimeIs(3);
  ASSERT_THAT(changed, SizeIs(2));
  EXPECT_EQ(changed[0].message_type, MessageType::kAlert);
  EXPECT_EQ(changed[0].content.key.count("area"), 1U);
  EXPECT_EQ(changed[1].id, first[0].id);
  EXPECT_EQ(changed[1].end_reason, "rule_changed");
}

TEST(ReconcileTest, AWithdrawalInTheMeantimeIsNotUndoneAndEndsWhatStoodWhenAllIsRead) {
  Bench bench({Attacks("moderate: 2")});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 1));
  bench.Change({Attacks("moderate: 2", "20m")}, {"attacks"});
  EXPECT_THAT(bench.TakeBack("b", 2), IsEmpty());
  bench.ReadAgain(AttackAt("a", 0));
  bench.Done("attacks");
  const std::vector<Warning> ended = bench.TimeIs(2);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(ReconcileTest, EachBeatTellsWhatAChangeHasLeftToDo) {
  Bench bench({Other()});
  constexpr int kKeys = 1100;  // more than are done with one tick
  for (int i = 0; i < kKeys; ++i) {
    KeyedEvent event = AttackAt("a" + std::to_string(i), 0);
    event.status = Status::kExercise;
    event.exercise_id = "EX-" + std::to_string(i);
    bench.File(event);
  }
  bench.Change({Attacks("moderate: 2", "10m", "area"), Other()}, {"attacks"});
  const std::vector<AgainPosition> again = {{{"mission.north.sitreps.v1", 0}, 3, 9}};
  const auto beat = [&](int64_t minute) {
    Tick tick = Bench::TickAt(minute);
    tick.beat = true;
    tick.again = again;
    return bench.Step(tick).evaluated.value_or(EvaluatedRecord());
  };
  const EvaluatedRecord reading = beat(1);
  EXPECT_THAT(reading.backfilling, ElementsAre(RuleId("attacks")));
  EXPECT_THAT(reading.reconciling, IsEmpty());
  EXPECT_EQ(reading.tick.again, again);
  bench.Done("attacks");
  const EvaluatedRecord reconciling = beat(2);
  EXPECT_THAT(reconciling.backfilling, IsEmpty());
  EXPECT_THAT(reconciling.reconciling, ElementsAre(RuleId("attacks")));
  ASSERT_TRUE(bench.correlator().Load(bench.state()).ok());
  EXPECT_THAT(beat(3).reconciling, IsEmpty());
}

Standing StandingOf(int64_t number, int64_t from, int64_t to, const std::vector<std::string>& ids) {
  Standing standing;
  standing.head.number = number;
  standing.head.from = AtMinute(from);
  standing.head.to = AtMinute(to);
  for (const std::string& id : ids) {
    Evidence item;
    item.identity = {MissionId("north"), EventId(id)};
    standing.warning.content.evidence.push_back(item);
  }
  return standing;
}

Episode EpisodeOf(const std::vector<std::pair<std::string, int64_t>>& events) {
  Episode episode;
  for (const auto& [id, minute] : events) {
    Member member;
    member.event = AttackAt(id, minute);
    member.time = AtMinute(minute);
    episode.members.push_back(member);
  }
  return episode;
}

TEST(PairForReconcileTest, MostEvidenceThenLongestOverlapThenFirstIssued) {
  const std::vector<Standing> standing = {
      StandingOf(1, 0, 9, {"a", "b"}), StandingOf(2, 0, 9, {"c", "d", "e"}),
      StandingOf(3, 20, 30, {"x"}), StandingOf(4, 25, 40, {"y"}), StandingOf(5, 60, 70, {"z"})};
  const std::vector<Episode> episodes = {
      EpisodeOf({{"a", 0}, {"c", 2}, {"d", 3}}),  // two of the second, one of the first
      EpisodeOf({{"m", 24}, {"n", 38}}),          // 13 minutes of the fourth, 6 of the third
  };
  const Pairing pairing = PairForReconcile(standing, episodes);
  EXPECT_THAT(pairing.standing_of, ElementsAre(1, 3));
  EXPECT_THAT(pairing.episode_of, ElementsAre(kNone, 0, kNone, 1, kNone));
  // The first shares evidence with what the second took.
  EXPECT_THAT(pairing.merged_into, ElementsAre(1, kNone, kNone, kNone, kNone));
}

TEST(PairForReconcileTest, WhatIsLeftIsOfTheWarningThatHasMostOfItsEvidence) {
  const std::vector<Standing> standing = {StandingOf(1, 0, 9, {"a", "b", "c"}),
                                          StandingOf(2, 0, 9, {"d", "e", "f", "g", "h"})};
  const std::vector<Episode> episodes = {
      EpisodeOf({{"a", 0}, {"b", 1}}), EpisodeOf({{"d", 2}, {"e", 3}, {"f", 4}}),
      EpisodeOf({{"c", 5}, {"g", 6}, {"h", 7}}),
      EpisodeOf({{"n", 8}}),  // at their time, and of neither
  };
  const Pairing pairing = PairForReconcile(standing, episodes);
  EXPECT_THAT(pairing.standing_of, ElementsAre(0, 1, kNone, kNone));
  EXPECT_THAT(pairing.split_from, ElementsAre(kNone, kNone, 1, kNone));
}

TEST(PairForReconcileTest, TiesGoToTheFirstIssued) {
  const std::vector<Standing> standing = {StandingOf(1, 0, 9, {"a"}), StandingOf(2, 0, 9, {"b"})};
  const Pairing pairing = PairForReconcile(standing, {EpisodeOf({{"a", 0}, {"b", 9}})});
  EXPECT_THAT(pairing.standing_of, ElementsAre(0));
}

}  // namespace
}  // namespace tocsin
