// How reading becomes time: clocks, the vector, beats and silence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

Observation Seen(Time clock, const SourceId& source, SourceStatus status, bool beat = false) {
  SourceTime entry;
  entry.source = source;
  entry.status = status;
  return {.clock = clock, .sources = {entry}, .beat = beat};
}
Observation Beat(Time clock) { return {.clock = clock, .sources = {}, .beat = true}; }

Timeline Wall() {
  return Timeline(
      {.keyed_partitions = 4, .clock = ClockMode::kWall, .margin = std::chrono::seconds(10)});
}

TEST(Ticks, OneForEachPartitionOnlyWhenSomethingIsNew) {
  Timeline line;
  line.Activate();
  EXPECT_TRUE(line.Close().has_value());
  EXPECT_FALSE(line.Close().has_value());
  ASSERT_TRUE(line.Feed(MakeEvent("west", "1", 5, kStart)).ok());
  ASSERT_TRUE(line.Feed(MakeEvent("west", "2", 5, kStart + kDay)).ok());
  const std::optional<Tick> tick = line.Close();
  ASSERT_TRUE(tick.has_value());
  EXPECT_FALSE(tick->beat);
  ASSERT_EQ(tick->sources.size(), 1U);  // the rules topic is no source of time
  EXPECT_EQ(tick->sources[0].source, Sitreps("west"));
  EXPECT_EQ(tick->sources[0].next_offset, 2);
  EXPECT_EQ(tick->sources[0].last_accepted, kStart + kDay + std::chrono::hours(2));
  EXPECT_EQ(tick->sources[0].status, SourceStatus::kBehind);
  EXPECT_FALSE(line.Close().has_value());
  line.Observe(Beat(kUnknownTime));
  const std::optional<Tick> beat = line.Close();
  ASSERT_TRUE(beat.has_value());
  EXPECT_TRUE(beat->beat);
  EXPECT_FALSE(line.Close().has_value());
}

TEST(Ticks, NoneBeforeThereAreRules) {
  Timeline line;
  line.Observe(Seen(kUnknownTime, Sitreps("west"), SourceStatus::kAtEnd, true));
  EXPECT_FALSE(line.Close().has_value());
  line.Activate();
  const std::optional<Tick> tick = line.Close();
  ASSERT_TRUE(tick.has_value());
  EXPECT_EQ(tick->sources.size(), 1U);
}

TEST(Ticks, UnderAScenarioTheClockIsTheGreatestEntry) {
  Timeline line;
  line.Activate();
  ASSERT_TRUE(line.Feed(MakeEvent("west", "1", 5, kStart)).ok());
  ASSERT_TRUE(line.Feed(MakeEvent("east", "1", 15, kStart - kDay)).ok());
  line.Observe(Seen(kStart + 100 * kDay, Sitreps("east"), SourceStatus::kAtEnd));
  const Tick tick = *line.Close();
  EXPECT_EQ(tick.clock, kStart + std::chrono::hours(2));
  EXPECT_EQ(tick.margin, std::chrono::seconds(10));
  EXPECT_EQ(tick.sources[0].status, SourceStatus::kAtEnd);
  // East is at its end: the clock less the margin.
  EXPECT_EQ(EvaluatedUpTo(tick), tick.clock - tick.margin);
}

TEST(Ticks, UnderAWallClockItIsTheMachinesAndNeverTurnsBack) {
  Timeline line = Wall();
  line.Activate();
  line.Observe(Seen(kStart + kDay, Sitreps("west"), SourceStatus::kAtEnd));
  line.Observe(Beat(kStart));
  EXPECT_EQ(line.Close()->clock, kStart + kDay);
  ASSERT_TRUE(line.Feed(MakeEvent("west", "1", 5, kStart + 9 * kDay)).ok());
  const Tick tick = *line.Close();
  EXPECT_EQ(tick.clock, kStart + kDay);
  EXPECT_EQ(tick.sources[0].last_accepted, kStart + 9 * kDay + std::chrono::hours(2));
  line.Restart();
  line.Observe(Beat(kStart));
  EXPECT_EQ(line.Close()->clock, kStart + kDay);
}

TEST(Ticks, UnknownSinceStaysUntilTheSourceIsReadAgain) {
  Timeline line = Wall();
  line.Activate();
  line.Observe(Seen(kStart, Sitreps("west"), SourceStatus::kAtEnd));
  line.Observe(Seen(kStart + kDay, Sitreps("west"), SourceStatus::kUnknown));
  line.Observe(Seen(kStart + 2 * kDay, Sitreps("west"), SourceStatus::kUnknown));
  Tick tick = *line.Close();
  EXPECT_EQ(tick.sources[0].status, SourceStatus::kUnknown);
  EXPECT_EQ(tick.sources[0].unknown_since, kStart + kDay);
  EXPECT_EQ(EvaluatedUpTo(tick), kUnknownTime);
  line.Restart();
  line.Observe(Seen(kStart + 3 * kDay, Sitreps("west"), SourceStatus::kBehind));
  tick = *line.Close();
  EXPECT_EQ(tick.sources[0].status, SourceStatus::kBehind);
  EXPECT_EQ(tick.sources[0].unknown_since, kUnknownTime);
}

TEST(Ticks, ARecordThatWasSkippedMovesThePosition) {
  Timeline line;
  line.Activate();
  line.Close();
  line.router().Skip(Sitreps("west"), 41, line.state());
  const std::optional<Tick> tick = line.Close();
  ASSERT_TRUE(tick.has_value());
  EXPECT_EQ(tick->sources[0].next_offset, 42);
  EXPECT_EQ(tick->sources[0].last_accepted, kUnknownTime);
}

TEST(Ticks, AcceptTimeIsStampedWhereItIsMissingAndNeverDecreases) {
  Timeline scenario;
  scenario.Activate();
  Event event = MakeEvent("west", "1", 5, kStart);
  event.accepted = kUnknownTime;
  ASSERT_TRUE(scenario.Feed(event).ok());
  EXPECT_EQ(scenario.Records<Insert>()[0].event.accepted, event.observed.to);
  event.identity.id = EventId("2");
  event.reported = kStart + kDay;
  ASSERT_TRUE(scenario.Feed(event).ok());
  EXPECT_EQ(scenario.Records<Insert>()[0].event.accepted, kStart + kDay);
  event.identity.id = EventId("3");
  event.reported = kUnknownTime;
  ASSERT_TRUE(scenario.Feed(event).ok());
  EXPECT_EQ(scenario.Records<Insert>()[0].event.accepted, kStart + kDay);
  EXPECT_EQ(scenario.total("stamped"), 3);

  Timeline wall = Wall();
  wall.Activate();
  wall.Observe(Seen(kStart + 2 * kDay, Sitreps("west"), SourceStatus::kBehind));
  ASSERT_TRUE(wall.Feed(event).ok());
  EXPECT_EQ(wall.Records<Insert>()[0].event.accepted, kStart + 2 * kDay);
}

}  // namespace
}  // namespace tocsin::testing_pack
