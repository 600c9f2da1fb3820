// Movements on a map worked out by hand: a degree is 111,195 m, and of the test pack's areas north
// begins at 1.1 N on the meridian of Greenwich and rises to the east by a tenth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Movement(const std::string& within = "2h", const std::string& more = "") {
  return RuleDocument("movement", R"(kind: movement
group_by: [actor]
selections:
  seen: {types: [security.sighting], actor_classes: [armed_group]}
condition: {within: )" + within +
                                      R"(, radius_km: 10, ahead: 12h, least_sightings: 2,
            severity: severe}
address: )" + (more.empty() ? "ahead" : more) +
                                      R"(
lifetime: 6h
)");
}

KeyedEvent Seen(const std::string& id, int64_t minute, double latitude, double longitude = 0) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = "security.sighting";
  event.areas.clear();
  event.actors = {{ActorId("raiders"), "armed_group", "perpetrator"}};
  event.point = Point{latitude, longitude};
  return event;
}

std::map<std::string, int64_t> Measured(const Warning& warning) {
  std::map<std::string, int64_t> measured;
  for (const Measure& measure : warning.content.measures) measured[measure.name] = measure.value;
  return measured;
}

// 11,120 m in an hour, each place sure to 500 m: sqrt(2) * 500 m/h, 3.6 degrees. North lies 1.0
// degrees ahead; of the courses up to 8 degrees to either side, that by 354 meets it after 110.7 km
// and that by 8 after 113.9 km. That is from 110.7 / 12.534 to 113.9 / 9.706 hours.
TEST(MovementTest, TellsWhereToAndWhen) {
  Bench bench({Movement()});
  EXPECT_THAT(bench.File(Seen("a", 0, 0)), IsEmpty());
  const auto warnings = bench.File(Seen("b", 60, 0.1));
  ASSERT_THAT(warnings, SizeIs(1));
  const WarningContent& content = warnings[0].content;
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("a", "b"));
  EXPECT_THAT(content.areas, ElementsAre(AreaId("north")));
  EXPECT_THAT(content.addressees, ElementsAre(MissionId("north")));
  EXPECT_EQ(content.severity, Severity::kSevere);
  EXPECT_EQ(content.onset, AtMinute(60));
  EXPECT_EQ(content.expires, AtMinute(60 + 360));
  EXPECT_THAT(
      content.measures,
      ElementsAre(Measure{"speed_m_per_h", 11'120, 0}, Measure{"speed_error_m_per_h", 707, 0},
                  Measure{"heading_deg", 0, 0}, Measure{"heading_error_deg", 4, 0},
                  Measure{"eta_first_s:north", 529 * 60, 0},
                  Measure{"eta_last_s:north", 705 * 60, 0}));
}

// Two tracks an hour too far apart, and the sighting between them that comes late.
TEST(MovementTest, TracksThatJoinAreOneWarningAndTheOtherNamesIt) {
  Bench bench({Movement()});
  bench.File(Seen("a1", 0, 0));
  const auto first = bench.File(Seen("a2", 60, 0.1));
  ASSERT_THAT(first, SizeIs(1));
  bench.File(Seen("b1", 240, 0.4));
  const auto second = bench.File(Seen("b2", 300, 0.5));
  ASSERT_THAT(second, SizeIs(1));
  ASSERT_NE(second[0].id, first[0].id);
  bench.File(Seen("b3", 360, 0.6));
  bench.File(Seen("b4", 420, 0.7));
  const auto joined = bench.File(Seen("link", 150, 0.25));
  ASSERT_THAT(joined, SizeIs(2));
  EXPECT_EQ(joined[0].id, first[0].id) << "the first issued goes on";
  EXPECT_EQ(joined[0].message_type, MessageType::kUpdate);
  EXPECT_THAT(EvidenceIds(joined[0]), ElementsAre("b2", "b3", "b4")) << "two hours back";
  EXPECT_EQ(joined[1].id, second[0].id);
  EXPECT_EQ(joined[1].message_type, MessageType::kCancel);
  EXPECT_EQ(joined[1].end_reason, "merged");
  EXPECT_EQ(joined[1].merged_into, first[0].id.str());
  // Taken back, they part again: the older part is new, since nothing told of it any more.
  const auto parted = bench.TakeBack("link", 1);
  ASSERT_THAT(parted, SizeIs(1));
  EXPECT_THAT(EvidenceIds(parted[0]), ElementsAre("a1", "a2"));
  EXPECT_EQ(parted[0].split_from, "") << "nothing of it was among what was told";
}

TEST(MovementTest, WhatMayBeStandingStillDoesNotMove) {
  Bench bench({Movement()});
  bench.File(Seen("a", 0, 1));
  EXPECT_THAT(bench.File(Seen("b", 60, 1.012)), IsEmpty()) << "1,334 m/h, give or take 1,414";
  KeyedEvent further = Seen("b", 60, 1.013);
  further.revision = 2;
  EXPECT_THAT(bench.File(further), SizeIs(1)) << "1,446";
  EXPECT_THAT(bench.TakeBack("b", 3), SizeIs(1));
  KeyedEvent vague = Seen("c", 60, 1.1);
  vague.uncertainty_m = 6000;
  EXPECT_THAT(bench.File(vague), IsEmpty()) << "less sure than it moved";
  vague.uncertainty_m = 10'001;
  vague.revision = 2;
  vague.point = Point{0.9, 0};
  EXPECT_THAT(bench.File(vague), IsEmpty()) << "vaguer than the radius";
}

TEST(MovementTest, AnAreaThatIsTooFarOrAroundItIsNotAhead) {
  Bench bench({Movement()});
  bench.File(Seen("a", 0, -0.5));
  EXPECT_THAT(bench.File(Seen("b", 60, -0.4)), IsEmpty()) << "13.5 hours away";
  bench.TakeBack("b", 2);
  KeyedEvent inside = Seen("c", 60, -0.3);
  EXPECT_THAT(bench.File(inside), SizeIs(1)) << "6.3 hours away";
  inside.areas = {AreaId("north")};
  inside.revision = 2;
  const auto ended = bench.File(inside);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(MovementTest, SightingsCountBackToTheFirstThatIsAWindowAgo) {
  Bench bench({Movement()});
  bench.File(Seen("a", 0, 0.2));
  bench.File(Seen("b", 60, 0.3));
  bench.File(Seen("c1", 100, 0.4));
  bench.File(Seen("c2", 100, 0.4));
  bench.File(Seen("d", 150, 0.5));
  const Warning all = bench.File(Seen("e", 200, 0.6)).at(0);
  EXPECT_THAT(EvidenceIds(all), ElementsAre("b", "c1", "c2", "d", "e"));
  const Warning on = bench.File(Seen("f", 220, 0.65)).at(0);
  EXPECT_THAT(EvidenceIds(on), ElementsAre("c1", "c2", "d", "e", "f"));
  EXPECT_EQ(on.id, all.id);
  EXPECT_EQ(on.content.onset, AtMinute(220));
}

TEST(MovementTest, ATurnIsToldToOthers) {
  Bench bench({Movement("1h")});
  bench.File(Seen("a", 0, 0));
  const Warning north = bench.File(Seen("b", 60, 0.1)).at(0);
  const Warning south = bench.File(Seen("c", 120, 0, 0.1)).at(0);
  EXPECT_THAT(south.content.areas, ElementsAre(AreaId("south")));
  const Warning turned = bench.File(Seen("d", 180, 0, 0.3)).at(0);
  EXPECT_EQ(turned.id, north.id);
  EXPECT_EQ(turned.message_type, MessageType::kUpdate);
  EXPECT_THAT(turned.content.areas, ElementsAre(AreaId("east")));
  EXPECT_THAT(turned.content.addressees, ElementsAre(MissionId("east")));
  EXPECT_TRUE(turned.alerts);
}

// Two tracks that a sighting between them joins: where the whole is bound for is for the last ones
// to say.
TEST(MovementTest, AJoinedTrackIsOne) {
  Bench bench({Movement("1h")});
  bench.File(Seen("a1", 0, 0));
  const Warning early = bench.File(Seen("a2", 60, 0.1)).at(0);
  bench.File(Seen("c1", 180, 0.3));
  const Warning later = bench.File(Seen("c2", 240, 0.4)).at(0);
  EXPECT_NE(later.id, early.id);
  const auto joined = bench.File(Seen("b", 120, 0.2));
  ASSERT_THAT(joined, SizeIs(2));
  EXPECT_EQ(joined[0].id, early.id);
  EXPECT_EQ(joined[0].content.evidence, later.content.evidence);
  EXPECT_EQ(joined[1].id, later.id);
  EXPECT_EQ(joined[1].merged_into, early.id.str());
  const auto parted = bench.TakeBack("b", 2);
  ASSERT_THAT(parted, SizeIs(1));
  EXPECT_EQ(parted[0].message_type, MessageType::kAlert);
  EXPECT_THAT(EvidenceIds(parted[0]), ElementsAre("a1", "a2"));
}

TEST(MovementTest, OnlyTheArmedGroupIsFollowed) {
  Bench bench({Movement()});
  for (const int64_t minute : {0, 60}) {
    KeyedEvent event = Seen("e" + std::to_string(minute), minute, minute == 0 ? 0 : 0.1);
    event.actors = {{ActorId("police"), "government", "party"}};
    EXPECT_THAT(bench.File(event), IsEmpty());
    event.actors.push_back({ActorId("raiders"), "armed_group", "party"});
    event.revision = 2;
    EXPECT_THAT(bench.File(event), SizeIs(minute == 0 ? 0 : 1));
  }
}

// The east begins at 1.0 E until 2008 and at 0.8 E and further back on the equator since.
TEST(MovementTest, AnAreaHasTheShapeOfTheDay) {
  Bench bench({Movement()});
  bench.File(Seen("a", -120, 0, 0.3));
  const Warning before = bench.File(Seen("b", -60, 0, 0.5)).at(0);
  EXPECT_EQ(Measured(before).at("speed_m_per_h"), 22'239);
  EXPECT_EQ(Measured(before).at("heading_deg"), 90);
  // 0.5 degrees, 55,597 m, at 22,239 + 1,414 m/h.
  EXPECT_EQ(Measured(before).at("eta_first_s:east"), 141 * 60);
  const Warning after = bench.File(Seen("c", 0, 0, 0.7)).at(0);
  // By 92 degrees it is 54,112 m to the edge from (0.8, -0.5) to (2, 1), at 22,239 + 708 m/h.
  EXPECT_EQ(Measured(after).at("heading_error_deg"), 1);
  EXPECT_EQ(Measured(after).at("eta_first_s:east"), 141 * 60);
}

// A sighting that is as late as it may be (30 days after it ended) and as wide counts others back
// to a window before it.
TEST(MovementTest, WhatTheLatestSightingCountsIsStillThere) {
  Bench bench({Movement("1h")});
  bench.File(Seen("a", 0, 0));
  KeyedEvent inside = Seen("b", 60, 0.1);
  inside.areas = {AreaId("north")};
  EXPECT_THAT(bench.File(inside), IsEmpty());
  const int64_t now = 121 + 30 * 24 * 60;
  bench.TimeIs(now);
  KeyedEvent late = Seen("c", 61, 0.11);
  late.observed.to = AtMinute(121);
  late.accepted = AtMinute(now);
  EXPECT_THAT(EvidenceIds(bench.File(late).at(0)), ElementsAre("a", "b", "c"));
}

TEST(MovementTest, OtherWordsAddressAsForEveryRule) {
  Bench bench({Movement("2h", "[ahead, south, originators]")});
  bench.File(Seen("a", 0, 0));
  const Warning warning = bench.File(Seen("b", 60, 0.1)).at(0);
  EXPECT_THAT(warning.content.addressees, ElementsAre(MissionId("north"), MissionId("south")));
}

}  // namespace
}  // namespace tocsin
