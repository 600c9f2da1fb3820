// near on timelines and maps worked out by hand. 0.1 degree of latitude is 11.12 km.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Near(const std::string& more = "", const std::string& all_of = "[seen, sensed]") {
  return RuleDocument("near", R"(kind: near
group_by: [corridor]
selections:
  seen: {types: [security.sighting, security.attack]}
  sensed: {types: [sensor.thermal]}
)" + more + R"(condition: {within: 10m, radius_km: 12, all_of: )" +
                                  all_of + R"(, severity: severe}
address: other_side
lifetime: 30m
)");
}

KeyedEvent Seen(const std::string& id, int64_t minute, double latitude, double longitude = 0) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = "security.sighting";
  event.point = Point{latitude, longitude};
  return event;
}

KeyedEvent Sensed(const std::string& id, int64_t minute, double latitude, double longitude = 0) {
  KeyedEvent event = Seen(id, minute, latitude, longitude);
  event.type = "sensor.thermal";
  return event;
}

std::vector<int64_t> Metres(const Warning& warning) {
  std::vector<int64_t> metres;
  for (const Evidence& item : warning.content.evidence) metres.push_back(item.distance_m);
  return metres;
}

// 0.05 and 0.02 degrees are 5,560 and 2,224 m.
TEST(NearTest, MeasuresItsNearestTwoAndItsSoonestTwo) {
  Bench bench({Near()});
  bench.File(Seen("a", 0, 0));
  auto warnings = bench.File(Sensed("t", 9, 0.05));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].content.measures,
              ElementsAre(Measure{"nearest_m", 5'560, 12'000}, Measure{"apart_s", 540, 600}));
  // Nearer in place to one, nearer in time to the other.
  bench.File(Sensed("u", 10, 0.02));
  warnings = bench.File(Seen("b", 12, 0.12));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].content.measures,
              ElementsAre(Measure{"nearest_m", 2'224, 12'000}, Measure{"apart_s", 120, 600}));
}

TEST(NearTest, APairWithinBothLimits) {
  Bench bench({Near()});
  EXPECT_THAT(bench.File(Sensed("t", 10, 0.1)), IsEmpty());
  EXPECT_THAT(bench.File(Sensed("u", 10, 0.05)), IsEmpty()) << "sensors never raise it alone";
  EXPECT_THAT(bench.File(Seen("far", 10, 0.25)), IsEmpty()) << "16.7 km";
  EXPECT_THAT(bench.File(Seen("old", 21, 0.1)), IsEmpty()) << "11 minutes";
  const auto warnings = bench.File(Seen("s", 0, 0.0));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("s", "t", "u"));
  EXPECT_THAT(Metres(warnings[0]), ElementsAre(5560, 11120, 5560));
  EXPECT_EQ(warnings[0].content.severity, Severity::kSevere);
  EXPECT_EQ(warnings[0].content.onset, AtMinute(10));
  EXPECT_EQ(warnings[0].content.evidence[0].selection, "seen");
}

TEST(NearTest, APlaceThatIsTooVagueOrMissingIsNoEvidence) {
  Bench bench({Near()});
  bench.File(Sensed("t", 0, 0));
  KeyedEvent vague = Seen("s", 0, 0);
  vague.uncertainty_m = 12'001;
  EXPECT_THAT(bench.File(vague), IsEmpty());
  KeyedEvent nowhere = Seen("n", 0, 0);
  nowhere.point.reset();
  EXPECT_THAT(bench.File(nowhere), IsEmpty());
  vague.uncertainty_m = 12'000;
  vague.revision = 2;
  EXPECT_THAT(bench.File(vague), SizeIs(1));
}

TEST(NearTest, MatchesConnectIntoOneEpisodeAndPartAgain) {
  Bench bench({Near()});
  bench.File(Sensed("t1", 0, 0.0));
  const Warning west = bench.File(Seen("s1", 0, 0.05)).at(0);
  bench.File(Sensed("t2", 0, 0.30));
  const Warning east = bench.File(Seen("s2", 0, 0.25)).at(0);
  EXPECT_NE(west.id, east.id) << "at one time, but far apart";
  // A detection between the two sightings is near both.
  const auto joined = bench.File(Sensed("t3", 5, 0.15));
  ASSERT_THAT(joined, SizeIs(2));
  EXPECT_EQ(joined[0].id, west.id);
  EXPECT_THAT(EvidenceIds(joined[0]), ElementsAre("s1", "s2", "t1", "t2", "t3"));
  EXPECT_EQ(joined[1].merged_into, west.id.str());
  const auto parted = bench.TakeBack("t3", 2);
  ASSERT_THAT(parted, SizeIs(2));
  EXPECT_EQ(parted[0].id, west.id);
  EXPECT_THAT(EvidenceIds(parted[0]), ElementsAre("s1", "t1"));
  EXPECT_THAT(EvidenceIds(parted[1]), ElementsAre("s2", "t2"));
  EXPECT_EQ(parted[1].id, east.id);
  EXPECT_EQ(parted[1].split_from, "") << "it was told before";
}

TEST(NearTest, AnEventIsNotItsOwnPartner) {
  Bench bench({Near("  any: {types: [security.sighting]}\n", "[seen, any, sensed]")});
  bench.File(Sensed("t", 0, 0));
  EXPECT_THAT(bench.File(Seen("s1", 0, 0.01)), IsEmpty());
  const auto warnings = bench.File(Seen("s2", 0, 0.02));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("s1", "s2", "t"));
}

TEST(NearTest, OfThreeSelectionsAllMustBePairwiseNear) {
  Bench bench({Near("  fled: {types: [displacement.flow]}\n", "[seen, sensed, fled]")});
  KeyedEvent fled = Seen("f", 0, 0.18);
  fled.type = "displacement.flow";
  bench.File(fled);
  bench.File(Sensed("t", 0, 0.09));
  EXPECT_THAT(bench.File(Seen("s", 0, 0.0)), IsEmpty()) << "f is 20 km from s";
  EXPECT_THAT(bench.File(Seen("r", 0, 0.1)), SizeIs(1));
}

TEST(NearTest, CorrectionOfThePlaceBreaksTheMatch) {
  Bench bench({Near()});
  bench.File(Sensed("t", 0, 0));
  const Warning warning = bench.File(Seen("s", 0, 0)).at(0);
  KeyedEvent moved = Seen("s", 0, 0.5);
  moved.revision = 2;
  const auto ended = bench.File(moved);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].id, warning.id);
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "withdrawn");
}

}  // namespace
}  // namespace tocsin
