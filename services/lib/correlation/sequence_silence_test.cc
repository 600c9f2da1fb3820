// Sequences that something must not follow, on timelines worked out by hand: an attack, then a
// flight, then no relief within 20 minutes. Relief is seen by sensors here, the rest is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Unrelieved() {
  return RuleDocument("unrelieved", R"(kind: temporal_ordered
group_by: [corridor]
selections:
  attack: {types: [security.attack]}
  flight: {types: [displacement.flow]}
  relief: {types: [sensor.thermal]}
condition:
  within: 10m
  steps: [attack, flight]
  then_no: {selection: relief, within: 20m}
  severity: severe
address: other_side
lifetime: 60m
)");
}

KeyedEvent Of(const char* type, const std::string& id, int64_t minute) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = type;
  return event;
}
KeyedEvent Flight(const std::string& id, int64_t minute) {
  return Of("displacement.flow", id, minute);
}
KeyedEvent Relief(const std::string& id, int64_t minute) {
  return Of("sensor.thermal", id, minute);
}

Tick With(Tick tick, size_t source, SourceStatus status, int64_t last_accepted) {
  tick.sources[source].status = status;
  tick.sources[source].last_accepted = AtMinute(last_accepted);
  return tick;
}
constexpr size_t kSensors = 0, kSitreps = 1;

class SequenceSilenceTest : public ::testing::Test {
 protected:
  SequenceSilenceTest() : bench_({Unrelieved()}) {
    EXPECT_THAT(bench_.File(AttackAt("a", 0)), IsEmpty());
    EXPECT_THAT(bench_.File(Flight("f", 5)), IsEmpty());
  }
  Bench bench_;
};

TEST_F(SequenceSilenceTest, IsFoundWhenItsDeadlineHasPassed) {
  EXPECT_THAT(bench_.TimeIs(25), IsEmpty()) << "past the deadline, not at it";
  const auto warnings = bench_.TimeIs(26);
  ASSERT_THAT(warnings, SizeIs(1));
  const WarningContent& content = warnings[0].content;
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("a", "f"));
  EXPECT_EQ(content.onset, AtMinute(25));
  EXPECT_EQ(content.absence_state, "silent");
  EXPECT_EQ(content.expires, AtMinute(85)) << "counted from the deadline";
  EXPECT_EQ(warnings[0].caused_by, std::nullopt);
  EXPECT_THAT(bench_.TimeIs(27), IsEmpty());
  // What comes late needs no tick.
  const auto more = bench_.File(Flight("g", 4));
  ASSERT_THAT(more, SizeIs(1));
  EXPECT_EQ(more[0].content.onset, AtMinute(24));
}

TEST_F(SequenceSilenceTest, IsNotFoundWhenReliefCame) {
  EXPECT_THAT(bench_.File(Relief("r", 25)), IsEmpty());
  EXPECT_THAT(bench_.TimeIs(100), IsEmpty());
  EXPECT_THAT(bench_.TakeBack("r", 2), SizeIs(1)) << "its deadline has long passed";
}

TEST_F(SequenceSilenceTest, ReliefAtTheTimeOfTheLastStepOrAfterTheDeadlineIsNone) {
  bench_.File(Relief("q", 5));
  bench_.File(Relief("r", 26));
  EXPECT_THAT(bench_.TimeIs(26), SizeIs(1));
}

TEST_F(SequenceSilenceTest, EndsWhenReliefWasOnlyLate) {
  const Warning warning = bench_.TimeIs(26).at(0);
  const auto ended = bench_.File(Relief("r", 20));
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].id, warning.id);
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "late_evidence");
}

TEST_F(SequenceSilenceTest, OnlySourcesOfReliefHoldIt) {
  EXPECT_THAT(bench_.Step(With(Bench::TickAt(90), kSensors, SourceStatus::kBehind, 25)).warnings,
              IsEmpty());
  EXPECT_THAT(bench_.Step(With(Bench::TickAt(90), kSitreps, SourceStatus::kBehind, 5)).warnings,
              SizeIs(1));
}

TEST_F(SequenceSilenceTest, UnknownWhileASourceOfReliefCannotBeRead) {
  EXPECT_THAT(bench_.Step(With(Bench::TickAt(25), kSensors, SourceStatus::kUnknown, 1)).warnings,
              IsEmpty());
  const auto unknown =
      bench_.Step(With(Bench::TickAt(26), kSensors, SourceStatus::kUnknown, 1)).warnings;
  ASSERT_THAT(unknown, SizeIs(1));
  EXPECT_EQ(unknown[0].content.absence_state, "unknown");
  EXPECT_THAT(bench_.Step(With(Bench::TickAt(27), kSensors, SourceStatus::kBehind, 25)).warnings,
              IsEmpty())
      << "read again, but not yet so far";
  const auto silent = bench_.TimeIs(28);
  ASSERT_THAT(silent, SizeIs(1));
  EXPECT_EQ(silent[0].content.absence_state, "silent");
  EXPECT_FALSE(silent[0].alerts);
}

TEST_F(SequenceSilenceTest, WhatWasReadStaysReadWhenItsSourceIsBehindAgain) {
  EXPECT_THAT(bench_.TimeIs(26), SizeIs(1));
  EXPECT_THAT(bench_.Step(With(Bench::TickAt(40), kSensors, SourceStatus::kBehind, 3)).warnings,
              IsEmpty());
  EXPECT_EQ(bench_.File(Flight("g", 4)).at(0).content.absence_state, "silent");
}

TEST_F(SequenceSilenceTest, HistoryFollowsWhatCanBeRead) {
  EXPECT_THAT(bench_.TimeIs(26), SizeIs(1));
  EXPECT_EQ(bench_.TimeIs(86).at(0).message_type, MessageType::kExpire);
  const auto unknown =
      bench_.Step(With(Bench::TickAt(87), kSensors, SourceStatus::kUnknown, 1)).warnings;
  ASSERT_THAT(unknown, SizeIs(1));
  EXPECT_EQ(unknown[0].message_type, MessageType::kExpire);
  EXPECT_EQ(unknown[0].content.absence_state, "unknown");
  // Removed with everything else of it when time is past it by the horizon (60 days of lateness).
  bench_.TimeIs(int64_t{100} * 24 * 60);
  std::string letters;
  for (const auto& [key, value] : bench_.state().entries()) letters += key[0];
  EXPECT_EQ(letters, "dmnpv") << "see store.h";
}

// An event that is no evidence decides which events of an episode match: it stays as long as they.
TEST(SequenceRetentionTest, WhatUndoesAMatchIsKeptWithItsEpisode) {
  Bench bench({RuleDocument("pattern", R"(kind: temporal
group_by: [corridor]
selections:
  heat: {types: [sensor.thermal], where: {feed: one}}
  beat: {types: [sensor.thermal], where: {feed: two}}
  answer: {types: [feed.heartbeat]}
condition:
  within: 10h
  steps: [heat, beat]
  then_no: {selection: answer, within: 3h}
  severity: severe
address: other_side
lifetime: 10h
)")});
  const auto file = [&](const std::string& feed, int64_t hour) {
    KeyedEvent event = Of("sensor.thermal", feed + std::to_string(hour), hour * 60);
    event.attributes["feed"] = feed;
    return bench.File(event);
  };
  file("one", 0);
  file("two", 1);
  bench.File(Of("feed.heartbeat", "answer", 2 * 60));
  // Each of the two has another partner; from there on one or the other every six hours.
  file("one", 6);
  file("two", 9);
  for (int64_t hour = 15; hour <= 87; hour += 6) file(hour % 12 == 3 ? "one" : "two", hour);
  bench.TimeIs(94 * 60);
  file("two", 95);
  const auto warnings = bench.TimeIs(99 * 60);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_EQ(warnings[0].content.episode.from, AtMinute(0));
  EXPECT_EQ(warnings[0].content.onset, AtMinute(9 * 60)) << "that of the first hour was answered";
}

}  // namespace
}  // namespace tocsin
