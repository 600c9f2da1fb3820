#include "lib/correlation/distance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/distance_testing.h"

namespace tocsin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Attacks() {
  return RuleDocument("attacks", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {moderate: 2, severe: 4}}
address: other_side
)");
}

TEST(DistanceTest, CountsIncidentsOfTheWindowThatEndsNow) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  KeyedEvent again = AttackAt("b", 5);
  again.same_incident_as = Identity{MissionId("north"), EventId("a")};
  bench.File(again);
  const auto distances = DistancesAt(bench, Attacks(), 9);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"incidents", 1, 2}));
  EXPECT_THAT(distances[0].members, SizeIs(2));
  EXPECT_FALSE(distances[0].standing);
  EXPECT_THAT(DistancesAt(bench, Attacks(), 10), SizeIs(1))
      << "the second report is still in the window";
  EXPECT_THAT(DistancesAt(bench, Attacks(), 15), IsEmpty()) << "(t - 10m, t]";
  EXPECT_THAT(DistancesAt(bench, Attacks(), -1), IsEmpty());
}

TEST(DistanceTest, TheNearestComesFirstAndOneThatStandsIsNamed) {
  Bench bench({Attacks()});
  KeyedEvent far = AttackAt("far", 5);
  far.corridors = {CorridorId("south-east")};
  bench.File(far);
  bench.File(AttackAt("a", 4));
  bench.File(AttackAt("b", 5));
  const auto distances = DistancesAt(bench, Attacks(), 6);
  ASSERT_THAT(distances, SizeIs(2));
  EXPECT_EQ(distances[0].parts.fields[0].second, "north-south");
  EXPECT_EQ(distances[0].measure.value, 2);
  EXPECT_TRUE(distances[0].standing);
  EXPECT_EQ(distances[1].measure.value, 1);
  EXPECT_FALSE(distances[1].standing);
}

TEST(DistanceTest, SecondsSinceTheNewestSignOfLife) {
  const Document silent = RuleDocument("silent", R"(kind: absence
group_by: [corridor]
selections: {beat: {types: [security.attack]}}
condition: {every: 10m, severity: minor}
address: originators
lifetime: 1d
)");
  Bench bench({silent});
  bench.File(AttackAt("a", 0));
  bench.File(AttackAt("b", 2));
  const auto distances = DistancesAt(bench, silent, 9);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"gap_s", 7 * 60, 600}));
  EXPECT_EQ(distances[0].until, AtMinute(12));
  EXPECT_THAT(distances[0].members, SizeIs(1));
  bench.TimeIs(200 * 24 * 60);
  const auto much_later = DistancesAt(bench, silent, 200 * 24 * 60);
  ASSERT_THAT(much_later, SizeIs(1)) << "what is silent for long is not forgotten";
  EXPECT_TRUE(much_later[0].standing);
}

TEST(DistanceTest, SecondsToTheDeadlineOfASchedule) {
  const Document daily = RuleDocument("daily", R"(kind: absence
group_by: [corridor]
selections: {beat: {types: [security.attack]}}
condition: {daily_by: "18:00", desk: south, severity: minor}
address: originators
lifetime: 1d
)");
  Bench bench({daily});
  bench.File(AttackAt("a", 0));
  // South's clock is an hour ahead: 18:00 there is 17:00Z, the second one of these 41 hours later.
  const auto distances = DistancesAt(bench, daily, 60);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"gap_s", 3600, 41 * 3600}));
  EXPECT_EQ(distances[0].until, AtMinute(41 * 60));
}

TEST(DistanceTest, ATumblingWindowEndsAtItsTime) {
  Document tumbling = Attacks();
  tumbling.text.replace(tumbling.text.find("window: 10m"), 11, "tumbling: true, window: 10m");
  tumbling.sha256 = Sha256Hex(tumbling.text);
  Bench bench({tumbling});
  bench.File(AttackAt("a", 9));
  bench.File(AttackAt("b", 11));
  const auto distances = DistancesAt(bench, tumbling, 12);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"incidents", 1, 2}));
  EXPECT_EQ(distances[0].until, AtMinute(20));
}

TEST(DistanceTest, SelectionsThatAreMet) {
  const Document near = RuleDocument("near", R"(kind: near
group_by: [corridor]
selections: {attack: {types: [security.attack]}, sighting: {types: [security.sighting]}}
condition: {within: 10m, radius_km: 10, all_of: [attack, sighting], severity: severe}
address: other_side
lifetime: 1d
)");
  Bench bench({near});
  KeyedEvent attack = AttackAt("a", 0);
  attack.point = Point{1, 1};
  bench.File(attack);
  const auto distances = DistancesAt(bench, near, 5);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"selections", 1, 2}));
}

TEST(DistanceTest, ARuleThatIsNotThereIsNotFound) {
  Bench bench({Attacks()});
  auto pack = ParsePack(ControlOf({Attacks()}).documents, TestMissions());
  ASSERT_TRUE(pack.ok());
  const auto compiled = Compile(*std::move(pack));
  EXPECT_EQ(DistancesOf(*compiled, RuleId("other"), AtMinute(0), bench.state()).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin
