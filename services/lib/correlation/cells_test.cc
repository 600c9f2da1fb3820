// near over cells in one partition: what is told of each cell, and what stands where it was told.
// 0.1 degree of latitude is 11.12 km.
#include "lib/correlation/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/canonical.h"
#include "lib/correlation/distance_testing.h"
#include "lib/correlation/horizon.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Near(const std::string& more = "severity: severe",
              const std::string& group_by = "[cell]") {
  return RuleDocument("near", "kind: near\ngroup_by: " + group_by + R"(
selections:
  seen: {types: [security.sighting]}
  sensed: {types: [sensor.thermal]}
condition: {within: 10m, radius_km: 12, all_of: [seen, sensed], )" +
                                  more + R"(}
address: originators
lifetime: 30m
)");
}

Rule Parsed(const Document& rule) {
  return ParsePack(ControlOf({rule}).documents, TestMissions())->rules.front();
}

constexpr int64_t kDay = int64_t{24} * 60;  // in minutes

// Cells of the tests: "west" lies west of the meridian of Greenwich, "east" east of it, and every
// event reaches both. Home first.
KeyedEvent At(const std::string& type, const std::string& id, int64_t minute, double latitude,
              double longitude) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = type;
  event.corridors.clear();
  event.point = Point{latitude, longitude};
  event.cells = {{*Parsed(Near()).cell_level, {"west", "east"}}};
  if (longitude >= 0) std::swap(event.cells[0].cells[0], event.cells[0].cells[1]);
  return event;
}
KeyedEvent Seen(const std::string& id, int64_t minute, double latitude, double longitude = 0.01) {
  return At("security.sighting", id, minute, latitude, longitude);
}
KeyedEvent Sensed(const std::string& id, int64_t minute, double latitude, double longitude = 0.01) {
  return At("sensor.thermal", id, minute, latitude, longitude);
}

std::vector<std::string> Ids(const std::vector<Match>& matches) {
  std::vector<std::string> ids;
  for (const Match& match : matches) {
    EXPECT_EQ(match.told_by, RuleId("near"));
    EXPECT_FALSE(match.withdrawn);
    ids.push_back(match.event.identity.id.str() + (match.found_by_backfill ? " again" : ""));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

// What an event makes its cells tell.
std::vector<std::string> Told(Bench& bench, const KeyedEvent& event) {
  const CorrelatorEffects effects = bench.Step(Insert{KeysOf(Parsed(Near()), event), event});
  EXPECT_THAT(effects.warnings, IsEmpty()) << "nothing stands in cells";
  return Ids(effects.matches);
}

std::vector<Warning> Bring(Bench& bench, const KeyedEvent& event, bool found_by_backfill = false) {
  Insert insert{KeysOfMatched(Parsed(Near()), event), event};
  insert.found_by_backfill = found_by_backfill;
  return bench.Step(insert).warnings;
}

TEST(CellsTest, AnEventIsToldOfOnceItIsInAMatchAndByItsHomeAlone) {
  Bench bench({Near()});
  EXPECT_THAT(Told(bench, Seen("a", 0, 0)), IsEmpty());
  EXPECT_THAT(Told(bench, Seen("b", 1, 0.05)), IsEmpty()) << "two of one selection";
  EXPECT_THAT(Told(bench, Sensed("far", 1, 0.5)), IsEmpty());
  EXPECT_THAT(Told(bench, Sensed("late", 30, 0)), IsEmpty());
  EXPECT_THAT(Told(bench, Sensed("t", 2, 0, -0.01)), ElementsAre("a", "b", "t"))
      << "both cells are of this partition; each tells of its own";
  EXPECT_THAT(Told(bench, Sensed("u", 3, 0)), ElementsAre("u")) << "the others have been told of";
  const KeyedEvent t = Sensed("t", 2, 0, -0.01);
  EXPECT_THAT(Told(bench, t), IsEmpty()) << "a repetition";
  KeyedEvent corrected = t;
  corrected.revision = 2;
  EXPECT_THAT(Told(bench, corrected), ElementsAre("t")) << "another revision";
}

TEST(CellsTest, WhatOnlyReachesTheCellIsLeftToItsHome) {
  Bench bench({Near()});
  const auto in_west = [&](const KeyedEvent& event) {
    Insert insert{{}, event};
    for (const CorrelationKey& key : KeysOf(Parsed(Near()), event)) {
      if (MakeKeyContext(key)->parts.fields[0].second == "west") insert.keys.push_back(key);
    }
    return Ids(bench.Step(insert).matches);
  };
  EXPECT_THAT(in_west(Seen("a", 0, 0)), IsEmpty());
  EXPECT_THAT(in_west(Sensed("t", 1, 0)), IsEmpty()) << "both are at home in the east";
  EXPECT_THAT(in_west(Sensed("u", 2, 0, -0.01)), ElementsAre("u"));
}

TEST(CellsTest, NothingIsTakenBackWhenAnEventGoes) {
  Bench bench({Near()});
  Told(bench, Seen("a", 0, 0));
  EXPECT_THAT(Told(bench, Sensed("t", 1, 0)), SizeIs(2));
  const CorrelatorEffects gone = bench.Step(Withdraw{{}, {MissionId("north"), EventId("t")}, 2});
  EXPECT_THAT(gone.matches, IsEmpty());
  KeyedEvent again = Sensed("t", 1, 0);
  again.revision = 3;
  EXPECT_THAT(Told(bench, again), ElementsAre("t")) << "a has been told of";
}

TEST(CellsTest, WarningsStandWhereItWasTold) {
  Bench bench({Near()});
  EXPECT_THAT(Bring(bench, Seen("a", 0, 0)), IsEmpty());
  const auto warnings = Bring(bench, Sensed("t", 1, 0.05));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].content.key, IsEmpty());
  EXPECT_TRUE(warnings[0].alerts);
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("a", "t"));
  KeyedEvent moved = Sensed("t", 1, 0.5);
  moved.revision = 2;
  const auto ended = Bring(bench, moved);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(CellsTest, WhatAChangeOfRulesFoundIsQuiet) {
  Bench bench({Near()});
  Bring(bench, Seen("a", 0, 0));
  const auto warnings = Bring(bench, Sensed("t", 1, 0.05), true);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_TRUE(warnings[0].found_by_backfill);
  EXPECT_FALSE(warnings[0].alerts);
  // Told again, it may say more.
  KeyedEvent more = Sensed("t", 1, 0.05);
  EXPECT_THAT(Bring(bench, more, true), IsEmpty());
  more.areas = {AreaId("south")};
  EXPECT_THAT(Bring(bench, more), IsEmpty()) << "a repetition does not";
  const auto updated = Bring(bench, more, true);
  ASSERT_THAT(updated, SizeIs(1));
  EXPECT_EQ(updated[0].content.areas, (std::vector{AreaId("north"), AreaId("south")}));
  EXPECT_FALSE(updated[0].alerts);
  // Live events go on to be news.
  const auto live = Bring(bench, Seen("b", 2, 0.05));
  ASSERT_THAT(live, SizeIs(1));
  EXPECT_FALSE(live[0].found_by_backfill);
}

TEST(CellsTest, AChangedRuleTellsOfEverythingAgain) {
  Bench bench({Near()});
  Told(bench, Seen("a", 0, 0));
  Told(bench, Sensed("t", 1, 0));
  Told(bench, Seen("alone", 2, 0.5));
  EXPECT_THAT(bench.Change({Near("severity: extreme")}), IsEmpty());
  EXPECT_THAT(Ids(bench.Step(Bench::TickAt(3)).matches), ElementsAre("a again", "t again"));
  EXPECT_THAT(Ids(bench.Step(Bench::TickAt(4)).matches), IsEmpty());
}

TEST(CellsTest, WhatIsReadAgainIsToldWhenAllIsThere) {
  Bench bench({});
  bench.Change({Near()}, {"near"});
  const auto again = [&](const KeyedEvent& event) {
    return bench.Step(Insert{KeysOf(Parsed(Near()), event), event, true}).matches;
  };
  EXPECT_THAT(again(Seen("a", 0, 0)), IsEmpty());
  EXPECT_THAT(again(Sensed("t", 1, 0)), IsEmpty());
  // What happens meanwhile is told at once, with what it is in a match with.
  EXPECT_THAT(Told(bench, Seen("live", 2, 0)), ElementsAre("live", "t"));
  bench.Done("near");
  EXPECT_THAT(Ids(bench.Step(Bench::TickAt(3)).matches),
              ElementsAre("a again", "live again", "t again"));
}

TEST(CellsTest, ARuleThatIsGoneLeavesNothing) {
  Bench bench({Near()});
  Told(bench, Seen("a", 0, 0));
  Told(bench, Sensed("t", 1, 0));
  Bring(bench, Seen("a", 0, 0));
  ASSERT_THAT(Bring(bench, Sensed("t", 1, 0)), SizeIs(1));
  bench.Change({});
  const auto ended = bench.TimeIs(3);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].end_reason, "rule_removed");
  for (const char letter : {'e', 'i', 't'}) {
    const std::string prefix(1, letter);
    int left = 0;
    bench.state().Scan(prefix, PrefixEnd(prefix), [&](std::string_view, std::string_view) {
      ++left;
      return true;
    });
    EXPECT_EQ(left, 0) << letter;
  }
}

TEST(CellsTest, EventsGoWithTheirHorizon) {
  Bench bench({Near()});
  Told(bench, Seen("a", 0, 0));
  Told(bench, Sensed("t", 1, 0));
  bench.TimeIs(29 * kDay);
  EXPECT_THAT(Told(bench, Sensed("u", 2, 0)), ElementsAre("u")) << "a is there";
  bench.TimeIs(32 * kDay);
  EXPECT_THAT(Told(bench, Sensed("v", 3, 0)), IsEmpty()) << "lateness is 30 days";
  const LongestRule longest = FindLongestRule(*ParsePack(ControlOf({Near()}).documents, {}));
  EXPECT_EQ(longest.horizon, std::chrono::days(30) + std::chrono::minutes(20));
}

TEST(CellsTest, WhatIsToldLongAfterwardsComesInVain) {
  Bench bench({Near()});
  Tick tick = Bench::TickAt(1000 * kDay);
  tick.found = {{1, AtMinute(29 * kDay)}};
  bench.Step(tick);
  Bring(bench, Seen("a", 0, 0));
  EXPECT_THAT(Bring(bench, Sensed("t", 1, 0)), SizeIs(1)) << "some correlator is behind";
  bench.TimeIs(38 * kDay);
  const KeyedEvent late = Sensed("u", 2, 0);
  const CorrelatorEffects effects = bench.Step(Insert{KeysOfMatched(Parsed(Near()), late), late});
  EXPECT_THAT(effects.warnings, IsEmpty());
  EXPECT_EQ(effects.counts.at("told_too_old"), 1);
}

TEST(CellsTest, DistanceIsThatOfTheEventWithMostAroundIt) {
  Bench bench({Near()});
  Told(bench, Seen("a", 0, 0));
  Told(bench, Seen("b", 0, 5));
  Told(bench, Sensed("far", 1, 0.5));
  auto distances = DistancesAt(bench, Near(), 5);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure, (Measure{"selections", 1, 2}));
  EXPECT_THAT(distances[0].parts.fields, IsEmpty());
  EXPECT_FALSE(distances[0].standing);
  Told(bench, Sensed("t", 1, 5));
  Bring(bench, Seen("b", 0, 5));
  Bring(bench, Sensed("t", 1, 5));
  distances = DistancesAt(bench, Near(), 5);
  ASSERT_THAT(distances, SizeIs(1));
  EXPECT_EQ(distances[0].measure.value, 2);
  EXPECT_THAT(distances[0].members, SizeIs(2));
  EXPECT_TRUE(distances[0].standing);
}

}  // namespace
}  // namespace tocsin
