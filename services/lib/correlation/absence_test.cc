// Silence on timelines worked out by hand: a heartbeat every ten minutes is expected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Silent() {
  return RuleDocument("silent", R"(kind: absence
group_by: [feed]
selections: {beat: {types: [feed.heartbeat]}}
condition: {every: 10m, severity: minor}
address: originators
lifetime: 30m
)");
}

KeyedEvent Beat(const std::string& id, int64_t minute) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = "feed.heartbeat";
  event.attributes["feed"] = "mast-1";
  return event;
}

Tick With(Tick tick, SourceStatus status, int64_t last_accepted) {
  tick.sources[0].status = status;  // the sensors
  tick.sources[0].last_accepted = AtMinute(last_accepted);
  return tick;
}

TEST(AbsenceTest, WhatBeganItWhileThePastWasReadIsNotForgotten) {
  Bench bench({});
  bench.Change({Silent()}, {"silent"});
  bench.File(Beat("a", 0));
  // Far past the horizon: clean-up has been there.
  EXPECT_THAT(bench.TimeIs(200'000), IsEmpty());
  EXPECT_THAT(bench.TimeIs(200'001), IsEmpty());
  EXPECT_THAT(bench.Done("silent"), IsEmpty());
  const auto silent = bench.TimeIs(200'002);
  ASSERT_THAT(silent, SizeIs(1));
  EXPECT_EQ(silent[0].content.absence_state, "silent");
  EXPECT_THAT(EvidenceIds(silent[0]), ElementsAre("a"));
}

TEST(AbsenceTest, SilentThenResolved) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  EXPECT_THAT(bench.TimeIs(10), IsEmpty()) << "past the deadline, not at it";
  const auto silent = bench.TimeIs(11);
  ASSERT_THAT(silent, SizeIs(1));
  EXPECT_EQ(silent[0].content.absence_state, "silent");
  EXPECT_EQ(silent[0].content.episode, (Interval{AtMinute(0), AtMinute(0)}));
  EXPECT_EQ(silent[0].content.onset, AtMinute(10));
  EXPECT_EQ(silent[0].content.expires, kNever);
  EXPECT_EQ(silent[0].caused_by, std::nullopt);
  EXPECT_THAT(silent[0].content.measures, ElementsAre(Measure{"gap_s", 600, 600}));
  EXPECT_THAT(bench.TimeIs(500), IsEmpty()) << "an open absence never expires, and is said once";

  const auto resolved = bench.File(Beat("b", 505));
  ASSERT_THAT(resolved, SizeIs(1));
  EXPECT_EQ(resolved[0].id, silent[0].id);
  EXPECT_EQ(resolved[0].content.absence_state, "resolved");
  EXPECT_EQ(resolved[0].content.episode, (Interval{AtMinute(0), AtMinute(505)}));
  EXPECT_THAT(resolved[0].content.measures, ElementsAre(Measure{"gap_s", int64_t{505} * 60, 600}));
  EXPECT_EQ(resolved[0].content.expires, AtMinute(535));
  const auto next = bench.TimeIs(520);
  ASSERT_THAT(next, SizeIs(1)) << "b is followed by silence, too";
  EXPECT_NE(next[0].id, silent[0].id);
}

TEST(AbsenceTest, WhatComesLateIsWaitedFor) {
  Bench bench({RuleDocument("silent", R"(kind: absence
group_by: [feed]
selections: {beat: {types: [feed.heartbeat]}}
condition: {every: 10m, settle: 5m, severity: minor}
address: originators
lifetime: 30m
)")});
  bench.File(Beat("a", 0));
  EXPECT_THAT(bench.File(Beat("c", 18)), IsEmpty()) << "something between may still come";
  EXPECT_THAT(bench.TimeIs(15), IsEmpty());
  EXPECT_THAT(bench.File(Beat("b", 9)), IsEmpty()) << "and does";
  EXPECT_THAT(bench.TimeIs(33), IsEmpty());
  EXPECT_THAT(bench.File(Beat("d", 40)), IsEmpty());
  const auto gap = bench.TimeIs(34);
  ASSERT_THAT(gap, SizeIs(1));
  EXPECT_EQ(gap[0].content.absence_state, "resolved");
  EXPECT_EQ(gap[0].content.episode, (Interval{AtMinute(18), AtMinute(40)}));
  EXPECT_EQ(gap[0].content.onset, AtMinute(28));
  EXPECT_THAT(bench.TimeIs(55), IsEmpty());
  const auto silent = bench.TimeIs(56);
  ASSERT_THAT(silent, SizeIs(1));
  EXPECT_EQ(silent[0].content.absence_state, "silent");
  EXPECT_EQ(silent[0].content.episode, (Interval{AtMinute(40), AtMinute(40)}));
}

TEST(AbsenceTest, ABacklogIsNotSilence) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  EXPECT_THAT(bench.Step(With(Bench::TickAt(100), SourceStatus::kBehind, 5)).warnings, IsEmpty());
  bench.File(Beat("b", 9));
  EXPECT_THAT(bench.Step(With(Bench::TickAt(100), SourceStatus::kBehind, 19)).warnings, IsEmpty());
  EXPECT_THAT(bench.Step(With(Bench::TickAt(100), SourceStatus::kBehind, 20)).warnings, SizeIs(1));
}

TEST(AbsenceTest, OnlySourcesThatCanCarryTheTypeHoldIt) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  Tick tick = Bench::TickAt(11);
  tick.sources[1].status = SourceStatus::kBehind;  // sitreps
  EXPECT_THAT(bench.Step(tick).warnings, SizeIs(1));
}

TEST(AbsenceTest, NothingIsSaidWhileNoSourceIsKnownOf) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  Tick tick = Bench::TickAt(100);
  tick.sources.erase(tick.sources.begin());
  EXPECT_THAT(bench.Step(tick).warnings, IsEmpty());
}

TEST(AbsenceTest, UnknownUntilTheSourceIsReadAgain) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  Tick tick = With(Bench::TickAt(11), SourceStatus::kUnknown, 1);
  tick.margin = std::chrono::minutes(2);
  EXPECT_THAT(bench.Step(tick).warnings, IsEmpty()) << "the clock must be past it by the margin";
  tick.clock = AtMinute(13);
  const auto unknown = bench.Step(tick).warnings;
  ASSERT_THAT(unknown, SizeIs(1));
  EXPECT_EQ(unknown[0].content.absence_state, "unknown");
  EXPECT_THAT(bench.Step(With(Bench::TickAt(14), SourceStatus::kBehind, 1)).warnings, IsEmpty())
      << "read again, but not yet so far";
  const auto silent = bench.TimeIs(15);
  ASSERT_THAT(silent, SizeIs(1));
  EXPECT_EQ(silent[0].id, unknown[0].id);
  EXPECT_EQ(silent[0].message_type, MessageType::kUpdate);
  EXPECT_EQ(silent[0].content.absence_state, "silent");
  EXPECT_EQ(bench.Step(With(Bench::TickAt(16), SourceStatus::kUnknown, 1))
                .warnings.at(0)
                .content.absence_state,
            "unknown");
}

TEST(AbsenceTest, UnknownEndsWhenTheEvidenceWasOnlyLate) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  const Warning unknown =
      bench.Step(With(Bench::TickAt(13), SourceStatus::kUnknown, 1)).warnings.at(0);
  const auto ended = bench.File(Beat("b", 8));
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].id, unknown.id);
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "late_evidence");
  EXPECT_EQ(bench.TimeIs(19).size(), 1u) << "the silence after b";
}

TEST(AbsenceTest, AGapBetweenEventsNeedsNoClock) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  EXPECT_THAT(bench.File(Beat("b", 10)), IsEmpty());
  const auto gap = bench.File(Beat("c", 31));
  ASSERT_THAT(gap, SizeIs(1));
  EXPECT_EQ(gap[0].content.absence_state, "resolved");
  EXPECT_EQ(gap[0].content.episode, (Interval{AtMinute(10), AtMinute(31)}));
  // What came late shortens the gap; more of it ends it.
  const auto shorter = bench.File(Beat("d", 12));
  ASSERT_THAT(shorter, SizeIs(1));
  EXPECT_EQ(shorter[0].id, gap[0].id);
  EXPECT_EQ(shorter[0].content.episode, (Interval{AtMinute(12), AtMinute(31)}));
  const auto ended = bench.File(Beat("e", 22));
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].end_reason, "late_evidence");
  // And a withdrawal opens it again.
  const auto again = bench.TakeBack("e", 2);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].content.episode, (Interval{AtMinute(12), AtMinute(31)}));
}

TEST(AbsenceTest, WithdrawalOfTheOnlyEventEndsTheSilence) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  ASSERT_THAT(bench.TimeIs(11), SizeIs(1));
  const auto ended = bench.TakeBack("a", 2);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].end_reason, "withdrawn");
  EXPECT_THAT(bench.TimeIs(100), IsEmpty());
}

TEST(AbsenceTest, SilenceOutlivesEveryHorizon) {
  Bench bench({Silent()});
  bench.File(Beat("a", 0));
  ASSERT_THAT(bench.TimeIs(11), SizeIs(1));
  EXPECT_THAT(bench.TimeIs(int64_t{60} * 24 * 365), IsEmpty());
  const auto resolved = bench.File(Beat("b", int64_t{60} * 24 * 365));
  ASSERT_THAT(resolved, SizeIs(1));
  EXPECT_EQ(resolved[0].content.absence_state, "resolved");
}

// By 18:00 of the desk south: 17:00 in UTC on 1 and 2 January 2009, 16:00 from the 3rd to the 6th,
// 17:00 again from then on. Minutes count from midnight of the 1st.
Document Daily() {
  return RuleDocument("daily", R"(kind: absence
group_by: [feed]
selections: {beat: {types: [feed.heartbeat]}}
condition: {daily_by: "18:00", desk: south, severity: minor}
address: originators
lifetime: 30m
)");
}
constexpr int64_t kHour = 60;
constexpr int64_t kDay = 24 * kHour;

TEST(AbsenceTest, ByScheduleTheNextDeadlineAsksForAnother) {
  Bench bench({Daily()});
  bench.File(Beat("a", 17 * kHour));
  EXPECT_THAT(bench.TimeIs(kDay + 17 * kHour), IsEmpty());
  const auto silent = bench.TimeIs(kDay + 17 * kHour + 1);
  ASSERT_THAT(silent, SizeIs(1));
  EXPECT_EQ(silent[0].content.onset, AtMinute(kDay + 17 * kHour));
  EXPECT_THAT(silent[0].content.measures, ElementsAre(Measure{"gap_s", 86400, 86400}));
  const auto resolved = bench.File(Beat("b", kDay + 18 * kHour));
  ASSERT_THAT(resolved, SizeIs(1));
  EXPECT_THAT(resolved[0].content.measures, ElementsAre(Measure{"gap_s", 90000, 86400}));
  EXPECT_EQ(resolved[0].content.absence_state, "resolved");
}

TEST(AbsenceTest, ByScheduleTheClockOfTheDeskCounts) {
  Bench bench({Daily()});
  bench.File(Beat("a", kDay + 17 * kHour));  // the 2nd at 18:00; the next by 16:00 in UTC
  EXPECT_THAT(bench.TimeIs(2 * kDay + 16 * kHour), IsEmpty());
  EXPECT_THAT(bench.TimeIs(2 * kDay + 16 * kHour + 1), SizeIs(1));

  Bench later({Daily()});
  later.File(Beat("a", 5 * kDay + 16 * kHour + 1));  // the 6th after 18:00: that of the 7th is its
  EXPECT_THAT(later.TimeIs(7 * kDay + 17 * kHour), IsEmpty());
  EXPECT_THAT(later.TimeIs(7 * kDay + 17 * kHour + 1), SizeIs(1));
}

// Nearly 49 hours between the two, on either side of the day that is an hour longer.
TEST(AbsenceTest, ByScheduleAGapIsNotTheSameLengthEveryDay) {
  Bench bench({Daily()});
  bench.File(Beat("a", 5 * kDay + 16 * kHour + 1));
  bench.File(Beat("c", 9 * kDay));
  EXPECT_THAT(bench.File(Beat("b", 7 * kDay + 17 * kHour)), SizeIs(1)) << "the gap is after b now";
  const auto gap = bench.TakeBack("b", 2);
  ASSERT_THAT(gap, SizeIs(1));
  EXPECT_EQ(gap[0].content.episode,
            (Interval{AtMinute(5 * kDay + 16 * kHour + 1), AtMinute(9 * kDay)}));
}

}  // namespace
}  // namespace tocsin
