// surge on timelines worked out by hand. Buckets of ten minutes, counted from the start of the
// tests, which is a multiple of them; a baseline of 20 buckets with hardly a half-life.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Surge(const std::string& least = "1", const std::string& type = "security.attack") {
  return RuleDocument("surge", "kind: surge\ngroup_by: [corridor]\nselections: {attack: {types: [" +
                                   type + R"(]}}
condition: {bucket: 10m, baseline: 200m, half_life: 365d, least: )" +
                                   least + R"(, false_alarms: 0.01, severity: severe}
address: other_side
lifetime: 60m
)");
}

constexpr int64_t kBucket = 10;

// One event in the middle of each of some buckets.
void FileOneEach(Bench& bench, int64_t first, int64_t last) {
  for (int64_t bucket = first; bucket <= last; ++bucket) {
    EXPECT_THAT(bench.File(AttackAt("b" + std::to_string(bucket), bucket * kBucket + 5)), IsEmpty())
        << bucket;
  }
}

// Events of a bucket, one second apart, until one of them changes something.
std::vector<Warning> FileUntilWarned(Bench& bench, int64_t bucket, int64_t most) {
  for (int64_t i = 0; i < most; ++i) {
    KeyedEvent event =
        AttackAt("s" + std::to_string(bucket) + "-" + std::to_string(i), bucket * kBucket);
    event.observed.from += std::chrono::seconds(i);
    event.observed.to = event.observed.from;
    const auto warnings = bench.File(event);
    if (!warnings.empty()) return warnings;
  }
  return {};
}

// The past of bucket 21 are buckets 2 to 20, one event in each: m = 1, k = 19, mean 1.026; no
// deviations, so d = 1 + 1/19 = 1.053. P(C >= 4) = 0.0233, P(C >= 5) = 0.0051.
TEST(SurgeTest, SurgesWithTheAlarmCountAndSaysWhatItNeeded) {
  Bench bench({Surge()});
  FileOneEach(bench, 1, 20);
  const auto warnings = FileUntilWarned(bench, 21, 10);
  ASSERT_THAT(warnings, SizeIs(1));
  const WarningContent& content = warnings[0].content;
  EXPECT_THAT(content.measures, ElementsAre(Measure{"incidents", 5, 5}));
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("s21-0", "s21-1", "s21-2", "s21-3", "s21-4"));
  EXPECT_EQ(content.onset, AtMinute(210) + std::chrono::seconds(4));
  EXPECT_EQ(content.severity, Severity::kSevere);
  EXPECT_EQ(content.expires, content.episode.to + std::chrono::minutes(60));
}

TEST(SurgeTest, LeastIsNeededToo) {
  Bench bench({Surge("7")});
  FileOneEach(bench, 1, 20);
  const auto warnings = FileUntilWarned(bench, 21, 10);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].content.measures, ElementsAre(Measure{"incidents", 7, 7}));
}

TEST(SurgeTest, AQuarterOfTheBaselineMustBeKnown) {
  Bench known({Surge()});
  FileOneEach(known, 1, 1);
  FileOneEach(known, 6, 6);
  EXPECT_THAT(FileUntilWarned(known, 7, 30), SizeIs(1)) << "of buckets 2 to 6";
  Bench unknown({Surge()});
  FileOneEach(unknown, 1, 1);
  FileOneEach(unknown, 5, 5);
  EXPECT_THAT(FileUntilWarned(unknown, 6, 30), IsEmpty()) << "of buckets 2 to 5";
  Bench forgotten({Surge()});
  FileOneEach(forgotten, 1, 1);
  EXPECT_THAT(FileUntilWarned(forgotten, 22, 30), IsEmpty()) << "bucket 1 is no more in the past";
}

TEST(SurgeTest, CountsIncidentsNotReports) {
  Bench bench({Surge()});
  FileOneEach(bench, 1, 20);
  bench.File(AttackAt("one", 211));
  for (const char* id : {"r1", "r2", "r3", "r4", "r5", "r6"}) {
    KeyedEvent report = AttackAt(id, 212);
    report.same_incident_as = Identity{MissionId("north"), EventId("one")};
    EXPECT_THAT(bench.File(report), IsEmpty());
  }
  const auto warnings = FileUntilWarned(bench, 21, 4);
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0].content.evidence, SizeIs(11));
  EXPECT_THAT(warnings[0].content.measures, ElementsAre(Measure{"incidents", 5, 5}));
}

TEST(SurgeTest, BucketsSideBySideAreOneEpisodeAndApartTwo) {
  Bench bench({Surge()});
  FileOneEach(bench, 1, 20);
  const Warning first = FileUntilWarned(bench, 21, 10).at(0);
  const auto next = FileUntilWarned(bench, 22, 30);
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].id, first.id);
  EXPECT_EQ(next[0].message_type, MessageType::kUpdate);
  EXPECT_EQ(next[0].content.episode.from, AtMinute(210));
  EXPECT_EQ(next[0].content.onset, first.content.onset);
  const Measure& measure = next[0].content.measures.at(0);
  EXPECT_GT(measure.threshold, 5) << "bucket 21 is in the past of 22";
  EXPECT_EQ(measure.value, measure.threshold);
  EXPECT_THAT(next[0].content.evidence, SizeIs(5 + measure.value));

  Bench other({Surge()});
  FileOneEach(other, 1, 20);
  const Warning before = FileUntilWarned(other, 21, 10).at(0);
  const auto apart = FileUntilWarned(other, 23, 30);
  ASSERT_THAT(apart, SizeIs(1));
  EXPECT_NE(apart[0].id, before.id);
  // With enough in between, bucket 23 expects more and does not surge any more; 22 joins 21.
  const auto quieter = FileUntilWarned(other, 22, 30);
  ASSERT_THAT(quieter, SizeIs(1));
  EXPECT_EQ(quieter[0].id, apart[0].id);
  EXPECT_EQ(quieter[0].message_type, MessageType::kCancel);
}

TEST(SurgeTest, APastThatIsCorrectedChangesWhatIsExpected) {
  Bench bench({Surge()});
  FileOneEach(bench, 1, 20);
  const Warning first = FileUntilWarned(bench, 21, 10).at(0);
  std::vector<Warning> changes;
  for (int64_t i = 0; i < 8 && changes.empty(); ++i) {
    changes = bench.File(AttackAt("late" + std::to_string(i), 4 * kBucket + i));
  }
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].id, first.id);
  EXPECT_EQ(changes[0].message_type, MessageType::kCancel);
  EXPECT_EQ(changes[0].end_reason, "late_evidence");
}

TEST(SurgeTest, AnEventAsWideAsTheBucketIsEvidenceAndAWiderOneNot) {
  Bench bench({Surge("5")});
  FileOneEach(bench, 1, 20);
  for (const char* id : {"a", "b", "c", "d"}) bench.File(AttackAt(id, 211));
  KeyedEvent wide = AttackAt("e", 211);
  wide.observed.to = AtMinute(222);
  EXPECT_THAT(bench.File(wide), IsEmpty());
  wide.observed.to = AtMinute(221);
  wide.revision = 2;
  EXPECT_THAT(bench.File(wide), SizeIs(1));
}

// Thermal detections may be a day late, so events are kept for two reaches of 220 minutes and a
// day.
constexpr int64_t kHorizon = 2 * 220 + 24 * 60;

void Detect(Bench& bench, int64_t bucket, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    KeyedEvent event =
        AttackAt("b" + std::to_string(bucket) + "-" + std::to_string(i), bucket * kBucket);
    event.type = "sensor.thermal";
    EXPECT_THAT(bench.File(event), IsEmpty()) << bucket;
  }
}

TEST(SurgeTest, WhatStandsKeepsItsPast) {
  Bench bench({Surge("1", "sensor.thermal")});
  for (int64_t bucket = 1; bucket <= 20; ++bucket) Detect(bench, bucket, 1);
  Detect(bench, 21, 4);
  KeyedEvent fifth = AttackAt("fifth", 215);
  fifth.type = "sensor.thermal";
  const Warning warning = bench.File(fifth).at(0);
  EXPECT_THAT(bench.TimeIs(kHorizon + 205), SizeIs(1)) << "expires; what is before 205 may go";
  fifth.revision = 2;
  fifth.grading = {"A", "1"};
  const auto regraded = bench.File(fifth);
  ASSERT_THAT(regraded, SizeIs(1));
  EXPECT_EQ(regraded[0].id, warning.id);
  EXPECT_EQ(regraded[0].message_type, MessageType::kExpire);
  EXPECT_EQ(regraded[0].content.measures, warning.content.measures);
}

TEST(SurgeTest, NothingNewIsFoundWhereThePastHasBeenRemoved) {
  // Five at once are usual in bucket 41 as long as the buckets up to 29 are known.
  const auto filed = [](Bench& bench) {
    Detect(bench, 20, 5);
    for (int64_t bucket = 21; bucket <= 29; ++bucket) Detect(bench, bucket, 5);
    for (int64_t bucket = 30; bucket <= 40; ++bucket) Detect(bench, bucket, 1);
    Detect(bench, 41, 5);
  };
  Bench bench({Surge("1", "sensor.thermal")});
  filed(bench);
  const auto removed = bench.Step(Bench::TickAt(kHorizon + 300));
  EXPECT_EQ(removed.counts.at("events_removed"), 50);
  EXPECT_THAT(bench.TakeBack("b40-0", 2), IsEmpty());

  // Without those it would be a surge.
  Bench quiet({Surge("1", "sensor.thermal")});
  for (int64_t bucket = 30; bucket <= 40; ++bucket) Detect(quiet, bucket, 1);
  Detect(quiet, 41, 4);
  KeyedEvent fifth = AttackAt("fifth", 415);
  fifth.type = "sensor.thermal";
  EXPECT_THAT(quiet.File(fifth), SizeIs(1));
}

}  // namespace
}  // namespace tocsin
