// Distances of sequences, divergences, movements and surges, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/distance_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// "sighting=s1 attack=-": the steps, by whom, and the measure.
std::string StepsOf(const KeyDistance& distance) {
  std::string text;
  for (const StepMet& step : distance.steps) {
    text += step.selection + "=" + (step.by ? step.by->id.str() : "-") + " ";
  }
  return text + std::to_string(distance.measure.value) + "/" +
         std::to_string(distance.measure.threshold);
}

Document Sequence(const std::string& kind, const std::string& condition) {
  return RuleDocument("sequence", "kind: " + kind + R"(
group_by: [corridor]
selections:
  sighting: {types: [security.sighting]}
  attack: {types: [security.attack]}
)" + (condition.find("flow") == std::string::npos ? "" : "  flow: {types: [displacement.flow]}\n") +
                                      "condition: {" + condition + R"(, severity: severe}
address: other_side
lifetime: 1d
)");
}

KeyedEvent OfType(const std::string& type, const std::string& id, int64_t minute) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = type;
  return event;
}
KeyedEvent Sighting(const std::string& id, int64_t minute) {
  return OfType("security.sighting", id, minute);
}
KeyedEvent Flow(const std::string& id, int64_t minute) {
  return OfType("displacement.flow", id, minute);
}

TEST(SequenceDistanceTest, StepsInOrderAndUntilWhenTheNextOneCounts) {
  const Document rule =
      Sequence("temporal_ordered", "steps: [sighting, attack, flow], within: 60m, gap: 40m");
  Bench bench({rule});
  bench.File(AttackAt("a0", 0));
  EXPECT_THAT(DistancesAt(bench, rule, 1), IsEmpty()) << "an attack alone is no first step";
  bench.File(Sighting("s1", 10));
  auto distances = DistancesAt(bench, rule, 15);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(StepsOf(distances[0]), "sighting=s1 attack=- flow=- 1/3");
  EXPECT_EQ(distances[0].until, AtMinute(50)) << "the gap";
  EXPECT_EQ(distances[0].steps[0].time, AtMinute(10));
  bench.File(AttackAt("a1", 45));
  distances = DistancesAt(bench, rule, 46);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(StepsOf(distances[0]), "sighting=s1 attack=a1 flow=- 2/3");
  EXPECT_EQ(distances[0].until, AtMinute(70)) << "the window, before the gap of 85";
  EXPECT_THAT(distances[0].members, SizeIs(2));
  bench.File(Sighting("s2", 60));
  EXPECT_EQ(StepsOf(DistancesAt(bench, rule, 70)[0]), "sighting=s1 attack=a1 flow=- 2/3");
  EXPECT_EQ(StepsOf(DistancesAt(bench, rule, 71)[0]), "sighting=s2 attack=- flow=- 1/3")
      << "the first is too old";
  EXPECT_THAT(DistancesAt(bench, rule, 101), IsEmpty());
}

TEST(SequenceDistanceTest, AWholeMatchOfTheWindowHasAllSteps) {
  const Document rule = Sequence("temporal_ordered", "steps: [sighting, attack], within: 60m");
  Bench bench({rule});
  bench.File(Sighting("s1", 10));
  bench.File(AttackAt("a1", 20));
  const auto distances = DistancesAt(bench, rule, 25);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(StepsOf(distances[0]), "sighting=s1 attack=a1 2/2");
  EXPECT_TRUE(distances[0].standing);
  EXPECT_EQ(distances[0].until, std::nullopt);
}

TEST(SequenceDistanceTest, InAnyOrderAndWithWhatIsStillToCome) {
  const Document rule = Sequence("temporal", "steps: [sighting, attack, flow], within: 60m");
  Bench bench({rule});
  bench.File(AttackAt("a1", 10));
  bench.File(Flow("f1", 5));
  bench.File(Flow("f2", 90));
  auto distances = DistancesAt(bench, rule, 20);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(StepsOf(distances[0]), "sighting=- attack=a1 flow=f1 2/3") << "f2 is too late for a1";
  EXPECT_EQ(distances[0].until, AtMinute(65));
  distances = DistancesAt(bench, rule, 66);
  EXPECT_EQ(StepsOf(distances[0]), "sighting=- attack=a1 flow=- 1/3")
      << "with f1 the window has passed";
  EXPECT_EQ(StepsOf(DistancesAt(bench, rule, 71)[0]), "sighting=- attack=- flow=f2 1/3")
      << "known before it comes to pass";
}

TEST(SequenceDistanceTest, EventsMustJoinAndNothingMayLieBetween) {
  const Document joined = Sequence("temporal_ordered",
                                   "steps: [sighting, attack], within: 60m, equal: [mission], "
                                   "until: [flow]");
  Bench bench({joined});
  bench.File(Sighting("s1", 10));
  KeyedEvent other = Sighting("s2", 12);
  other.identity.mission = MissionId("south");
  bench.File(other);
  EXPECT_EQ(StepsOf(DistancesAt(bench, joined, 15)[0]), "sighting=s2 attack=- 1/2");
  bench.File(Flow("f1", 11));
  EXPECT_EQ(StepsOf(DistancesAt(bench, joined, 15)[0]), "sighting=s2 attack=- 1/2");
  bench.File(Flow("f2", 13));
  EXPECT_THAT(DistancesAt(bench, joined, 15), IsEmpty()) << "it ends what came before";
}

TEST(SequenceDistanceTest, SilenceIsTheLastStep) {
  const Document rule =
      Sequence("temporal_ordered",
               "steps: [sighting], within: 60m, then_no: {selection: attack, within: 30m}");
  Bench bench({rule});
  bench.File(Sighting("s1", 10));
  auto distances = DistancesAt(bench, rule, 20);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(StepsOf(distances[0]), "sighting=s1 1/2");
  EXPECT_EQ(distances[0].until, AtMinute(40));
  EXPECT_EQ(StepsOf(DistancesAt(bench, rule, 40)[0]), "sighting=s1 1/2");
  EXPECT_EQ(StepsOf(DistancesAt(bench, rule, 41)[0]), "sighting=s1 2/2") << "it has passed";
  bench.File(AttackAt("a1", 30));
  EXPECT_THAT(DistancesAt(bench, rule, 35), IsEmpty()) << "it followed";
}

Document Divergence() {
  return RuleDocument("levels", R"(kind: divergence
group_by: [corridor]
selections: {phase: {types: [phase.declared], natures: [declared]}}
condition: {field: level, sides: area, longer_than: 30m, stands: 100m, severities: {minor: 2}}
address: other_side
lifetime: 1d
)");
}

KeyedEvent Phase(const std::string& id, int64_t minute, const std::string& area,
                 const std::string& level) {
  KeyedEvent event = OfType("phase.declared", id, minute);
  event.nature = Nature::kDeclared;
  event.areas = {AreaId(area)};
  event.attributes = {{"level", level}};
  return event;
}

TEST(DivergenceDistanceTest, WhatIsDeclaredNowAndForHowLongSidesDisagree) {
  Bench bench({Divergence()});
  bench.File(Phase("p1", 0, "north", "II"));
  bench.File(Phase("p2", 5, "south", "II"));
  auto distances = DistancesAt(bench, Divergence(), 6);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"disagreement_s", 0, 1800}));
  EXPECT_EQ(distances[0].since, std::nullopt);
  EXPECT_EQ(distances[0].until, std::nullopt);
  bench.File(Phase("p3", 10, "south", "III"));
  bench.File(Phase("p4", 20, "north", "II"));
  distances = DistancesAt(bench, Divergence(), 25);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"disagreement_s", 15 * 60, 1800}));
  EXPECT_EQ(distances[0].since, AtMinute(10)) << "declared again, it goes on";
  EXPECT_EQ(distances[0].until, AtMinute(40));
  ASSERT_THAT(distances[0].sides, SizeIs(2));
  EXPECT_EQ(distances[0].sides[0].side, "north");
  EXPECT_EQ(distances[0].sides[0].value, "II");
  EXPECT_EQ(distances[0].sides[0].by.id, EventId("p4"));
  EXPECT_EQ(distances[0].sides[1].value, "III");
  EXPECT_EQ(distances[0].sides[1].since, AtMinute(10));
  EXPECT_EQ(distances[0].sides[1].until, AtMinute(110));
  EXPECT_THAT(distances[0].members, SizeIs(2));
  // South's lapses at 110, north's at 120.
  distances = DistancesAt(bench, Divergence(), 115);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_THAT(distances[0].sides, SizeIs(1));
  EXPECT_EQ(distances[0].measure.value, 0);
  EXPECT_THAT(DistancesAt(bench, Divergence(), 120), IsEmpty());
}

Document Movement() {
  return RuleDocument("movement", R"(kind: movement
group_by: [actor]
selections: {seen: {types: [security.sighting], actor_classes: [armed_group]}}
condition: {within: 2h, radius_km: 10, ahead: 12h, least_sightings: 2, severity: severe}
address: ahead
lifetime: 6h
)");
}

KeyedEvent Seen(const std::string& id, int64_t minute, double latitude) {
  KeyedEvent event = Sighting(id, minute);
  event.areas.clear();
  event.actors = {{ActorId("raiders"), "armed_group", "perpetrator"}};
  event.point = Point{latitude, 0};
  return event;
}

TEST(MovementDistanceTest, SightingsThenCourseThenWhatLiesAhead) {
  Bench bench({Movement()});
  bench.File(Seen("a", 0, 0));
  auto distances = DistancesAt(bench, Movement(), 30);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"sightings", 1, 2}));
  EXPECT_THAT(distances[0].missing, ElementsAre("sightings"));
  EXPECT_EQ(distances[0].until, AtMinute(120));
  // 0.012 degrees in an hour are 1,334 m, each place sure to 500 m: sqrt(2) * 500 m/h.
  bench.File(Seen("b", 60, 0.012));
  distances = DistancesAt(bench, Movement(), 70);
  EXPECT_EQ(distances[0].measure, (Measure{"sightings", 2, 2}));
  ASSERT_TRUE(distances[0].course.has_value());
  EXPECT_EQ(distances[0].course->speed_m_per_h, 1'334);
  EXPECT_EQ(distances[0].course->speed_error_m_per_h, 707);
  EXPECT_THAT(distances[0].missing, ElementsAre("speed"));
  EXPECT_FALSE(distances[0].standing);
  EXPECT_THAT(DistancesAt(bench, Movement(), 180), SizeIs(1));
  EXPECT_THAT(DistancesAt(bench, Movement(), 181), IsEmpty()) << "the track has ended";
}

TEST(MovementDistanceTest, AnAreaMustLieAhead) {
  Bench bench({Movement()});
  bench.File(Seen("a", 0, 0));
  KeyedEvent same = Seen("b", 0, 0.01);
  bench.File(same);
  EXPECT_THAT(DistancesAt(bench, Movement(), 1)[0].missing, ElementsAre("times"));
  // Northwards, ten kilometres an hour; north begins at 1.1 degrees.
  bench.File(Seen("c", 60, 0.1));
  auto distances = DistancesAt(bench, Movement(), 61);
  EXPECT_THAT(distances[0].missing, IsEmpty());
  EXPECT_THAT(distances[0].ahead, ElementsAre(AreaId("north")));
  EXPECT_TRUE(distances[0].standing);
  // Out of all areas, to the north.
  Bench beyond({Movement()});
  beyond.File(Seen("a", 0, 3));
  beyond.File(Seen("b", 60, 3.1));
  EXPECT_THAT(DistancesAt(beyond, Movement(), 61)[0].missing, ElementsAre("area"));
}

Document Surge() {
  return RuleDocument("surge", R"(kind: surge
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {bucket: 10m, baseline: 200m, half_life: 365d, least: 1, false_alarms: 0.01, severity: severe}
address: other_side
lifetime: 60m
)");
}

// surge_test.cc works out the alarm count: 5 in bucket 21, after 19 buckets with one event each.
TEST(SurgeDistanceTest, TheBucketThatRunsAgainstItsPast) {
  Bench bench({Surge()});
  for (int64_t bucket = 1; bucket <= 20; ++bucket) {
    bench.File(AttackAt("b" + std::to_string(bucket), bucket * 10 + 5));
  }
  auto distances = DistancesAt(bench, Surge(), 210);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"incidents", 0, 5})) << "it has only begun";
  EXPECT_THAT(distances[0].members, IsEmpty());
  EXPECT_EQ(distances[0].until, AtMinute(220));
  bench.File(AttackAt("x", 211));
  bench.File(AttackAt("y", 212));
  distances = DistancesAt(bench, Surge(), 213);
  EXPECT_EQ(distances[0].measure, (Measure{"incidents", 2, 5}));
  EXPECT_THAT(distances[0].members, SizeIs(2));
  EXPECT_EQ(distances[0].past, 19);
  EXPECT_EQ(distances[0].past_least, 5);
  EXPECT_THAT(distances[0].missing, IsEmpty());
}

TEST(SurgeDistanceTest, WithoutAPastNothingIsExpected) {
  Bench bench({Surge()});
  bench.File(AttackAt("a", 5));
  bench.File(AttackAt("b", 15));
  // Buckets 0 and 1, and four empty ones: of bucket 5's past the first only tells that it begins.
  const auto distances = DistancesAt(bench, Surge(), 55);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"incidents", 0, 0}));
  EXPECT_EQ(distances[0].past, 4);
  EXPECT_EQ(distances[0].past_least, 5);
  EXPECT_THAT(distances[0].missing, ElementsAre("past"));
  EXPECT_THAT(DistancesAt(bench, Surge(), 60)[0].missing, IsEmpty());
}

}  // namespace
}  // namespace tocsin
