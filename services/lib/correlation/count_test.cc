// event_count and value_count on timelines worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"
#include "lib/correlation/episodes.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two incidents within ten minutes, three are severe.
Document Attacks(const std::string& rest = "lifetime: 30m\n") {
  return RuleDocument("attacks", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack], natures: [observed, expected]}}
condition: {window: 10m, severities: {moderate: 2, severe: 3}}
address: other_side
)" + rest);
}

TEST(EventCountTest, SecondIncidentCompletesAndSaysEverything) {
  Bench bench({Attacks()});
  EXPECT_THAT(bench.File(AttackAt("a", 0)), IsEmpty());
  const std::vector<Warning> warnings = bench.File(AttackAt("b", 9));
  ASSERT_THAT(warnings, SizeIs(1));
  const Warning& warning = warnings[0];
  EXPECT_EQ(warning.message_type, MessageType::kAlert);
  EXPECT_EQ(warning.revision, 1);
  EXPECT_EQ(warning.number, 1);
  EXPECT_TRUE(warning.alerts);
  EXPECT_EQ(warning.caused_by, (Identity{MissionId("north"), EventId("b")}));
  EXPECT_EQ(warning.issued, AtMinute(9));
  const WarningContent& content = warning.content;
  EXPECT_EQ(content.key, (std::map<std::string, std::string>{{"corridor", "north-south"}}));
  EXPECT_EQ(content.episode, (Interval{AtMinute(0), AtMinute(9)}));
  EXPECT_EQ(content.onset, AtMinute(9));
  EXPECT_EQ(content.expires, AtMinute(39));
  EXPECT_EQ(content.severity, Severity::kModerate);
  EXPECT_EQ(content.certainty, Certainty::kLikely);
  EXPECT_THAT(content.addressees, ElementsAre(MissionId("north"), MissionId("south")));
  EXPECT_THAT(content.measures, ElementsAre(Measure{"incidents", 2, 2}));
  EXPECT_EQ(content.label.originator.str(), "tocsin");
  EXPECT_EQ(content.label.classification, Classification::kConfidential);
  EXPECT_EQ(content.label.releasable_to, content.addressees);
  EXPECT_THAT(EvidenceIds(warning), ElementsAre("a", "b"));
}

TEST(EventCountTest, WindowIsOpenAtItsBeginning) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  EXPECT_THAT(bench.File(AttackAt("b", 10)), IsEmpty()) << "(t - 10, t] leaves out t - 10";
  EXPECT_THAT(bench.File(AttackAt("c", 11)), SizeIs(1));
}

TEST(EventCountTest, LateEvidenceExtendsQuietlyAndAGraverCountAlerts) {
  Bench bench({Attacks()});
  bench.File(AttackAt("b", 9));
  bench.File(AttackAt("c", 18));
  const auto before = bench.File(AttackAt("a", 0));
  ASSERT_THAT(before, SizeIs(1));
  EXPECT_EQ(before[0].message_type, MessageType::kUpdate);
  EXPECT_FALSE(before[0].alerts);
  EXPECT_EQ(before[0].content.episode, (Interval{AtMinute(0), AtMinute(18)}));
  EXPECT_EQ(before[0].content.severity, Severity::kModerate) << "never three in one window";
  const auto inside = bench.File(AttackAt("d", 5));
  ASSERT_THAT(inside, SizeIs(1));
  EXPECT_EQ(inside[0].content.severity, Severity::kSevere);
  EXPECT_TRUE(inside[0].alerts);
  EXPECT_EQ(inside[0].revision, 3);
}

TEST(EventCountTest, DuplicatesAndOlderRevisionsChangeNothing) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0, 2));
  ASSERT_THAT(bench.File(AttackAt("b", 5)), SizeIs(1));
  EXPECT_THAT(bench.File(AttackAt("b", 5)), IsEmpty());
  EXPECT_THAT(bench.File(AttackAt("a", 3, 1)), IsEmpty());
  EXPECT_THAT(bench.TakeBack("a", 1), IsEmpty()) << "of an older revision";
  EXPECT_THAT(bench.TakeBack("unheard", 1), IsEmpty());
}

TEST(EventCountTest, WithdrawalEndsAndANewRevisionRevives) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  const Warning first = bench.File(AttackAt("b", 5)).at(0);
  const auto ended = bench.TakeBack("b", 2);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "withdrawn");
  EXPECT_EQ(ended[0].merged_into, "");
  const auto again = bench.File(AttackAt("b", 6, 3));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].id, first.id) << "the same event triggered it: people's work goes on";
  EXPECT_EQ(again[0].number, first.number);
  EXPECT_EQ(again[0].revision, 3);
  EXPECT_EQ(again[0].message_type, MessageType::kUpdate);
  EXPECT_TRUE(again[0].alerts);
}

TEST(EventCountTest, CorrectionMovesAnEventToAnotherKey) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 5));
  KeyedEvent elsewhere = AttackAt("c", 5);
  elsewhere.corridors = {CorridorId("south-east")};
  bench.File(elsewhere);
  KeyedEvent moved = AttackAt("b", 5, 2);
  moved.corridors = {CorridorId("south-east")};
  const auto ended = bench.TakeBack("b", 2);  // what the router writes to the key no longer used
  ASSERT_THAT(ended, SizeIs(1));
  const auto found = bench.File(moved);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].content.key.at("corridor"), "south-east");
  EXPECT_NE(found[0].id, ended[0].id);
}

TEST(EventCountTest, MergeKeepsTheFirstIssuedAndNamesItInTheOther) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  const Warning older = bench.File(AttackAt("b", 5)).at(0);
  bench.File(AttackAt("c", 21));
  const Warning younger = bench.File(AttackAt("d", 25)).at(0);
  EXPECT_EQ(younger.number, 5) << "numbers of four partitions interleave";
  const auto merged = bench.File(AttackAt("e", 13));
  ASSERT_THAT(merged, SizeIs(2));
  EXPECT_EQ(merged[0].id, older.id);
  EXPECT_EQ(merged[0].content.episode, (Interval{AtMinute(0), AtMinute(25)}));
  EXPECT_EQ(merged[1].id, younger.id);
  EXPECT_EQ(merged[1].message_type, MessageType::kCancel);
  EXPECT_EQ(merged[1].end_reason, "merged");
  EXPECT_EQ(merged[1].merged_into, older.id.str());

  // And a split: the older part keeps the id; the younger is told from it.
  const auto split = bench.TakeBack("e", 2);
  ASSERT_THAT(split, SizeIs(2));
  EXPECT_EQ(split[0].id, older.id);
  EXPECT_EQ(split[0].content.episode, (Interval{AtMinute(0), AtMinute(5)}));
  EXPECT_EQ(split[0].split_from, "");
  EXPECT_NE(split[1].id, older.id);
  EXPECT_EQ(split[1].content.episode, (Interval{AtMinute(21), AtMinute(25)}));
  EXPECT_EQ(split[1].split_from, older.id.str());
  // It says so from then on, also when it comes back after the two had been one again.
  const Warning updated = bench.File(AttackAt("f", 24)).at(0);
  EXPECT_EQ(updated.id, split[1].id);
  EXPECT_EQ(updated.split_from, older.id.str());
  const auto again = bench.File(AttackAt("e", 13, 3));
  ASSERT_THAT(again, SizeIs(2));
  EXPECT_EQ(again[1].id, split[1].id);
  EXPECT_EQ(again[1].split_from, older.id.str());
  const auto back = bench.TakeBack("e", 4);
  ASSERT_THAT(back, SizeIs(2));
  EXPECT_EQ(back[1].id, split[1].id);
  EXPECT_EQ(back[1].message_type, MessageType::kUpdate);
  EXPECT_EQ(back[1].split_from, older.id.str());
}

TEST(EventCountTest, WhatComesBackByASplitHasNoNewOrigin) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  const Warning older = bench.File(AttackAt("b", 5)).at(0);
  bench.File(AttackAt("d", 25));
  // The oldest of its events came last: a split finds the warning by it.
  const Warning younger = bench.File(AttackAt("c", 21)).at(0);
  ASSERT_THAT(bench.File(AttackAt("e", 13)), SizeIs(2));
  const auto split = bench.TakeBack("e", 2);
  ASSERT_THAT(split, SizeIs(2));
  EXPECT_EQ(split[1].id, younger.id);
  EXPECT_EQ(split[1].split_from, "");
}

TEST(EventCountTest, AnEventThatIsMovedTakesTheOriginAlong) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  const Warning whole = bench.File(AttackAt("b", 5)).at(0);
  bench.File(AttackAt("c", 8));
  EXPECT_THAT(bench.File(AttackAt("d", 40)), IsEmpty());
  const auto moved = bench.File(AttackAt("c", 45, 2));
  ASSERT_THAT(moved, SizeIs(2));
  EXPECT_EQ(moved[0].id, whole.id);
  EXPECT_THAT(EvidenceIds(moved[1]), ElementsAre("d", "c"));
  EXPECT_EQ(moved[1].split_from, whole.id.str());
}

TEST(EventCountTest, TheYoungerIssuedTakesTheYoungerPart) {
  Bench bench({Attacks()});
  bench.File(AttackAt("c", 21));
  const Warning first = bench.File(AttackAt("d", 25)).at(0);
  bench.File(AttackAt("a", 0));
  const Warning second = bench.File(AttackAt("b", 5)).at(0);
  const auto merged = bench.File(AttackAt("e", 13));
  ASSERT_THAT(merged, SizeIs(2));
  EXPECT_EQ(merged[0].id, first.id) << "first issued, though of later events";
  EXPECT_EQ(merged[1].merged_into, first.id.str());
  EXPECT_EQ(merged[1].id, second.id);
}

TEST(EventCountTest, ReportsOfOneIncidentCountOnce) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  KeyedEvent same = AttackAt("b", 3);
  same.same_incident_as = Identity{MissionId("north"), EventId("a")};
  EXPECT_THAT(bench.File(same), IsEmpty());
  KeyedEvent third = AttackAt("c", 4);
  third.same_incident_as = Identity{MissionId("north"), EventId("b")};
  EXPECT_THAT(bench.File(third), IsEmpty());
  // Without the link in the middle they are two: c's chain ends at c.
  EXPECT_THAT(bench.TakeBack("b", 2), SizeIs(1));
}

TEST(EventCountTest, ALinkThatComesLaterReachesEventsFarAway) {
  Bench bench({Attacks()});
  for (const char* id : {"a", "b"}) {
    KeyedEvent event = AttackAt(id, id[0] - 'a');
    event.same_incident_as = Identity{MissionId("north"), EventId("far")};
    EXPECT_THAT(bench.File(event), SizeIs(id[0] - 'a'));
  }
  const auto ended = bench.File(AttackAt("far", 1000));
  ASSERT_THAT(ended, SizeIs(1)) << "now both are the incident 'far'";
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(EventCountTest, VagueAndLateEventsAreNoEvidence) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  KeyedEvent vague = AttackAt("b", 1);
  vague.observed.to = AtMinute(11) + Duration(1);
  EXPECT_THAT(bench.File(vague), IsEmpty());
  KeyedEvent late = AttackAt("c", 1);
  late.late = true;
  EXPECT_THAT(bench.File(late), IsEmpty());
  vague.observed.to = AtMinute(11);
  vague.revision = 2;
  EXPECT_THAT(bench.File(vague), SizeIs(1)) << "as wide as the window is not vague";
}

TEST(EventCountTest, ACorrectionThatIsLateTakesTheEventOut) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  ASSERT_THAT(bench.File(AttackAt("b", 1)), SizeIs(1));
  KeyedEvent late = AttackAt("b", 1, 2);
  const std::vector<CorrelationKey> keys =
      KeysOf(*ParsePack(ControlOf({Attacks()}).documents, TestMissions()), late);
  late.late = true;
  const auto ended = bench.Step(Insert{keys, late}).warnings;
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(EventCountTest, ExerciseAndActualNeverMatch) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  KeyedEvent exercise = AttackAt("b", 1);
  exercise.status = Status::kExercise;
  exercise.exercise_id = "ex";
  EXPECT_THAT(bench.File(exercise), IsEmpty());
  exercise.identity.id = EventId("c");
  exercise.exercise_id = "ey";
  EXPECT_THAT(bench.File(exercise), IsEmpty());
  exercise.identity.id = EventId("d");
  const auto warnings = bench.File(exercise);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].content.status, Status::kExercise);
  EXPECT_EQ(warnings[0].content.exercise_id, "ey");
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("c", "d"));
}

TEST(EventCountTest, ExpectedEventsLieAtTheStartOfTheirValidity) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 50));
  KeyedEvent expected = AttackAt("b", 0);
  expected.nature = Nature::kExpected;
  expected.valid = Interval{AtMinute(55), AtMinute(90)};
  const auto warnings = bench.File(expected);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].content.episode, (Interval{AtMinute(50), AtMinute(55)}));
}

TEST(EventCountTest, RegradingRevisesTheEvidence) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 1));
  KeyedEvent regraded = AttackAt("b", 1, 2);
  regraded.grading = {"A", "1"};
  regraded.source_kind = "patrol";
  const auto warnings = bench.File(regraded);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].content.certainty, Certainty::kObserved);
  EXPECT_EQ(warnings[0].content.evidence[1].revision, 2);
  EXPECT_TRUE(warnings[0].alerts);
}

TEST(ExpiryTest, ExpiresOnceAndLivesAgainWithNewEvidence) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 5));  // until 35
  EXPECT_THAT(bench.TimeIs(35), IsEmpty()) << "past, not at";
  const auto expired = bench.TimeIs(36);
  ASSERT_THAT(expired, SizeIs(1));
  EXPECT_EQ(expired[0].message_type, MessageType::kExpire);
  EXPECT_FALSE(expired[0].alerts);
  EXPECT_EQ(expired[0].caused_by, std::nullopt);
  EXPECT_THAT(bench.TimeIs(40), IsEmpty());
  const auto history = bench.File(AttackAt("c", 3));
  ASSERT_THAT(history, SizeIs(1));
  EXPECT_EQ(history[0].message_type, MessageType::kExpire) << "still past: history is revised";
  EXPECT_FALSE(history[0].alerts);
  const auto again = bench.File(AttackAt("d", 14));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].message_type, MessageType::kUpdate) << "until 44";
  EXPECT_EQ(bench.TimeIs(45).at(0).message_type, MessageType::kExpire);
}

Document Tumbling() {
  return RuleDocument("attacks", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, tumbling: true, severities: {moderate: 2, severe: 3}}
address: other_side
lifetime: 30m
)");
}

TEST(TumblingTest, WindowsLieSideBySide) {
  Bench bench({Tumbling()});
  bench.File(AttackAt("a", 9));
  EXPECT_THAT(bench.File(AttackAt("b", 10)), IsEmpty()) << "[0, 10) and [10, 20)";
  const auto second = bench.File(AttackAt("c", 19));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_THAT(EvidenceIds(second[0]), ElementsAre("b", "c"));
  EXPECT_EQ(second[0].content.onset, AtMinute(19));
  const auto first = bench.File(AttackAt("d", 0));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_NE(first[0].id, second[0].id) << "episodes do not join";
  EXPECT_THAT(EvidenceIds(first[0]), ElementsAre("d", "a"));
  EXPECT_EQ(first[0].content.onset, AtMinute(9));
}

TEST(TumblingTest, TheWholeWindowGradesAndTheOnsetStays) {
  Bench bench({Tumbling()});
  bench.File(AttackAt("a", 2));
  bench.File(AttackAt("b", 4));
  const auto graver = bench.File(AttackAt("c", 8));
  ASSERT_THAT(graver, SizeIs(1));
  EXPECT_EQ(graver[0].content.severity, Severity::kSevere);
  EXPECT_THAT(graver[0].content.measures, ElementsAre(Measure{"incidents", 3, 3}));
  EXPECT_EQ(graver[0].content.onset, AtMinute(4));
  KeyedEvent moved = AttackAt("b", 12, 2);
  const auto less = bench.File(moved);
  ASSERT_THAT(less, SizeIs(1));
  EXPECT_EQ(less[0].content.severity, Severity::kModerate);
  EXPECT_EQ(less[0].content.onset, AtMinute(8));
}

TEST(TumblingTest, BeforeNineteenSeventyToo) {
  EXPECT_EQ(BucketOf(FromMicros(0), Duration(10)), 0);
  EXPECT_EQ(BucketOf(FromMicros(9), Duration(10)), 0);
  EXPECT_EQ(BucketOf(FromMicros(-1), Duration(10)), -1);
  EXPECT_EQ(BucketOf(FromMicros(-10), Duration(10)), -1);
  EXPECT_EQ(BucketOf(FromMicros(-11), Duration(10)), -2);
}

TEST(ValueCountTest, CountsDistinctValuesAndKeepsWhatHasNone) {
  Bench bench({RuleDocument("areas", R"(kind: value_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {field: area, window: 10m, severities: {minor: 2, severe: 3}}
address: [evidence_areas, east]
)")});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 1));
  KeyedEvent nowhere = AttackAt("n", 2);
  nowhere.areas.clear();
  EXPECT_THAT(bench.File(nowhere), IsEmpty());
  KeyedEvent both = AttackAt("c", 3);
  both.areas = {AreaId("north"), AreaId("south")};
  const auto warnings = bench.File(both);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].content.measures, ElementsAre(Measure{"distinct_area", 2, 2}));
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("a", "b", "n", "c"));
  EXPECT_THAT(warnings[0].content.addressees,
              ElementsAre(MissionId("east"), MissionId("north"), MissionId("south")));
}

}  // namespace
}  // namespace tocsin
