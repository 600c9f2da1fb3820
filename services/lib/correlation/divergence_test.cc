// Declarations on timelines worked out by hand: one stands for an hour, two that differ for more
// than ten minutes are a divergence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kDay = int64_t{24} * 60;

Document Phases(const std::string& sides = "area", const std::string& key = "corridor",
                const std::string& severities = "{minor: 2}") {
  return RuleDocument("phases", "kind: divergence\ngroup_by: [" + key + R"(]
selections: {phase: {types: [phase.declared], natures: [declared]}}
condition: {field: level, sides: )" +
                                    sides + ", longer_than: 10m, stands: 60m, severities: " +
                                    severities + "}\naddress: originators\nlifetime: 30m\n");
}

KeyedEvent Declared(const std::string& area, const std::string& level, int64_t minute,
                    const std::string& id = "") {
  KeyedEvent event = AttackAt(id.empty() ? area + level : id, minute);
  event.type = "phase.declared";
  event.nature = Nature::kDeclared;
  event.areas = {AreaId(area)};
  event.attributes["level"] = level;
  return event;
}

TEST(DivergenceTest, FoundWhenTimeHasPassedAndClosedByADeclaration) {
  Bench bench({Phases()});
  EXPECT_THAT(bench.File(Declared("north", "II", 0)), IsEmpty());
  EXPECT_THAT(bench.File(Declared("south", "III", 5)), IsEmpty());
  EXPECT_THAT(bench.TimeIs(15), IsEmpty()) << "past 5 + 10, not at it";
  const auto found = bench.TimeIs(16);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(EvidenceIds(found[0]), ElementsAre("northII", "southIII"));
  EXPECT_EQ(found[0].content.severity, Severity::kMinor);
  EXPECT_EQ(found[0].content.onset, AtMinute(15));
  EXPECT_EQ(found[0].content.expires, kNever);
  EXPECT_EQ(found[0].content.episode, (Interval{AtMinute(0), AtMinute(5)}));
  EXPECT_EQ(found[0].content.absence_state, "");
  EXPECT_THAT(found[0].content.measures,
              ElementsAre(Measure{"values", 2, 2}, Measure{"disagreement_s", 600, 600}));
  EXPECT_THAT(bench.TimeIs(30), IsEmpty()) << "said once";

  const auto closed = bench.File(Declared("north", "III", 35));
  ASSERT_THAT(closed, SizeIs(1));
  EXPECT_EQ(closed[0].id, found[0].id);
  EXPECT_THAT(EvidenceIds(closed[0]), ElementsAre("northII", "southIII"))
      << "what ended it did not stand in it";
  EXPECT_EQ(closed[0].content.expires, AtMinute(65));
  EXPECT_THAT(closed[0].content.measures,
              ElementsAre(Measure{"values", 2, 2}, Measure{"disagreement_s", 1800, 600}));
  EXPECT_THAT(bench.TimeIs(65), IsEmpty());
  EXPECT_EQ(bench.TimeIs(66).at(0).message_type, MessageType::kExpire);
}

TEST(DivergenceTest, EndsWhenADeclarationLapsesUnlessItIsMadeAgain) {
  Bench bench({Phases()});
  bench.File(Declared("north", "II", 0));
  bench.File(Declared("south", "III", 5));
  const Warning found = bench.TimeIs(50).at(0);
  EXPECT_THAT(bench.TimeIs(60), IsEmpty()) << "at 60 the first lapses: past it, not at it";
  const auto again = bench.File(Declared("north", "II", 58, "again"));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].id, found.id);
  EXPECT_THAT(EvidenceIds(again[0]), ElementsAre("northII", "southIII", "again"));
  EXPECT_EQ(again[0].content.expires, kNever);
  EXPECT_THAT(bench.TimeIs(65), IsEmpty());
  const auto closed = bench.TimeIs(66);
  ASSERT_THAT(closed, SizeIs(1)) << "at 65 the south's lapses";
  EXPECT_EQ(closed[0].id, found.id);
  EXPECT_EQ(closed[0].content.expires, AtMinute(95));
  EXPECT_EQ(closed[0].content.measures.at(1), (Measure{"disagreement_s", 3600, 600}));
}

TEST(DivergenceTest, AShortOneIsNone) {
  Bench bench({Phases()});
  bench.File(Declared("north", "II", 0));
  bench.File(Declared("south", "III", 5));
  bench.File(Declared("south", "II", 15));
  EXPECT_THAT(bench.TimeIs(40), IsEmpty()) << "ten minutes are not more than ten minutes";
  const auto found = bench.TakeBack("southII", 2);
  ASSERT_THAT(found, SizeIs(1)) << "it never was withdrawn";
  EXPECT_EQ(found[0].content.onset, AtMinute(15));
}

TEST(DivergenceTest, LateEvidenceEndsIt) {
  Bench bench({Phases()});
  bench.File(Declared("north", "II", 0));
  bench.File(Declared("south", "III", 5));
  const Warning found = bench.TimeIs(40).at(0);
  const auto ended = bench.File(Declared("north", "III", 8));
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].id, found.id);
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(DivergenceTest, OfEqualTimesTheGreatestIdentityCounts) {
  Bench bench({Phases()});
  bench.File(Declared("north", "II", 0, "b"));
  bench.File(Declared("north", "III", 0, "a"));
  bench.File(Declared("south", "III", 5));
  const auto found = bench.TimeIs(40);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(EvidenceIds(found[0]), ElementsAre("b", "southIII"));
}

TEST(DivergenceTest, ACorridorHasTwoSides) {
  Bench bench({Phases()});
  bench.File(Declared("east", "I", 0));
  KeyedEvent nothing = Declared("north", "", 1, "nothing");
  nothing.attributes.clear();
  bench.File(Declared("south", "III", 1));
  bench.File(nothing);
  EXPECT_THAT(bench.TimeIs(50), IsEmpty());
  // A declaration for both sides at once agrees with itself.
  KeyedEvent both = Declared("north", "II", 2, "both");
  both.areas = {AreaId("north"), AreaId("south")};
  bench.File(both);
  EXPECT_THAT(bench.TimeIs(51), IsEmpty());
  EXPECT_THAT(bench.TimeIs(500), IsEmpty());
}

TEST(DivergenceTest, MoreValuesAreGraver) {
  Bench bench({Phases("mission", "corridor", "{minor: 2, severe: 3}")});
  const auto of = [](const char* mission, const std::string& level, int64_t minute) {
    KeyedEvent event = Declared("north", level, minute, "e");
    event.identity.mission = MissionId(mission);
    return event;
  };
  bench.File(of("north", "I", 0));
  bench.File(of("south", "II", 0));
  EXPECT_EQ(bench.TimeIs(20).at(0).content.severity, Severity::kMinor);
  const auto graver = bench.File(of("east", "III", 21));
  ASSERT_THAT(graver, SizeIs(1));
  EXPECT_EQ(graver[0].content.severity, Severity::kSevere);
  EXPECT_EQ(graver[0].content.measures.at(0), (Measure{"values", 3, 3}));
  EXPECT_THAT(graver[0].content.addressees,
              ElementsAre(MissionId("east"), MissionId("north"), MissionId("south")));
}

TEST(DivergenceTest, ASourceThatIsBehindHoldsIt) {
  Bench bench({Phases()});
  bench.File(Declared("north", "II", 0));
  bench.File(Declared("south", "III", 5));
  Tick tick = Bench::TickAt(100);
  tick.sources[1].status = SourceStatus::kBehind;  // sitreps
  tick.sources[1].last_accepted = AtMinute(15);
  EXPECT_THAT(bench.Step(tick).warnings, IsEmpty());
  tick.sources[1].last_accepted = AtMinute(16);
  EXPECT_THAT(bench.Step(tick).warnings, SizeIs(1));
}

// What ended an older divergence must outlive the horizon together with the one that stands: else
// the declaration before it, kept for another rule, would seem to have stood on.
TEST(DivergenceTest, WhatLiesBeforeAStandingOneIsKept) {
  Bench bench({RuleDocument("phases", R"(kind: divergence
group_by: [corridor]
selections: {phase: {types: [phase.declared], natures: [declared]}}
condition: {field: level, sides: area, longer_than: 1d, stands: 30d, severities: {minor: 2}}
address: all
)"),
               RuleDocument("silent", R"(kind: absence
group_by: [corridor]
selections: {south: {types: [phase.declared], natures: [declared], missions: [south]}}
condition: {every: 1m, severity: minor}
address: all
)")});
  KeyedEvent old = Declared("north", "III", 0, "old");
  old.identity.mission = MissionId("south");
  bench.File(old);
  bench.File(Declared("north", "II", 10 * kDay, "same"));
  bench.File(Declared("south", "II", 15 * kDay));
  bench.File(Declared("north", "I", 20 * kDay));
  std::vector<Warning> last;
  // The sides say the same again and again, always in time.
  for (int64_t day = 35; day < 400; day += 20) {
    const std::string n = std::to_string(day);
    bench.TimeIs(day * kDay);
    bench.File(Declared("north", "I", day * kDay, "n" + n));
    last = bench.File(Declared("south", "II", day * kDay, "s" + n));
  }
  ASSERT_THAT(last, SizeIs(1));
  EXPECT_EQ(last[0].message_type, MessageType::kUpdate);
  EXPECT_EQ(last[0].content.onset, AtMinute(21 * kDay));
  EXPECT_THAT(last[0].content.evidence, SizeIs(2 + 2 * 19));
  EXPECT_EQ(EvidenceIds(last[0]).front(), "southII");
}

}  // namespace
}  // namespace tocsin
