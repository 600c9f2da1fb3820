#include "lib/importing/record.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/importing/testing.h"

namespace tocsin {
namespace {

using importing_testing::At;
using importing_testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr char kReport[] =
    "  - {mission: minurcat, id: r-1, type: movement.column, observed: \"2008-01-28T15:40Z\",\n"
    "     source: {kind: person}";

ExerciseRecord Read(const std::string& yaml) { return ReadRecord(yaml, {}, World()); }
ExerciseRecord ReadOne(const std::string& more) {
  return Read(StrCat("reports:\n", kReport, more, "}\n"));
}

TEST(RecordTest, AReportHasWhatItsEntrySays) {
  const ExerciseRecord got = ReadOne(
      ", stream: sitrep, nature: expected, valid: {from: \"2008-01-30\", to: \"2008-02-01\"},"
      " reported: \"2008-01-28T18:05Z\", place: {name: Adré, lat: 13.2, lon: 22.05, "
      "uncertainty_km: 8},"
      " actors: [{name: JEM, role: subject}], people: {displaced: 400}, grading: C2,"
      " label: {classification: confidential, tlp: amber, releasable_to: [unmis, unamid],"
      " caveats: [NOT-TO-HOST]}, attributes: {heading: west}, text: {language: fr, text: "
      "Colonne.}");
  EXPECT_THAT(got.problems, IsEmpty());
  ASSERT_EQ(got.items.size(), 1U);
  const Event& event = got.items[0].event;
  EXPECT_EQ(event.nature, Nature::kExpected);
  EXPECT_EQ(event.observed, (Interval{At("2008-01-28T15:40:00Z"), At("2008-01-28T15:40:00Z")}));
  EXPECT_EQ(event.precision, TimePrecision::kInstant);
  // Days of N'Djamena.
  EXPECT_EQ(event.valid, (Interval{At("2008-01-29T23:00:00Z"), At("2008-02-01T22:59:59.999999Z")}));
  EXPECT_EQ(event.reported, At("2008-01-28T18:05:00Z"));
  EXPECT_EQ(event.place.uncertainty_m, 8000);
  EXPECT_EQ(event.people.displaced, 400);
  EXPECT_EQ(event.grading, (Grading{"C", "2"}));
  EXPECT_EQ(event.label.originator, MissionId("minurcat"));
  EXPECT_EQ(event.label.tlp, Tlp::kAmber);
  ASSERT_EQ(event.label.releasable_to.size(), 2U);
  EXPECT_EQ(event.label.releasable_to[0], MissionId("unamid"));
  EXPECT_EQ(event.texts.at(0), (Text{"fr", "Colonne."}));
  EXPECT_EQ(OfferedAt(event), event.reported);
  EXPECT_EQ(got.items[0].line, 2);
}

TEST(RecordTest, WhatOnlyTheServiceJudgesPasses) {
  const ExerciseRecord got = ReadOne(", place: {name: x, lat: 123, lon: 28}, expect: refused");
  EXPECT_THAT(got.problems, IsEmpty());
  ASSERT_EQ(got.items.size(), 1U);
  EXPECT_EQ(got.items[0].event.place.point->latitude, 123);
  EXPECT_EQ(got.items[0].expect, Expectation::kRefused);
}

TEST(RecordTest, RevisionsWithoutContentGetThatOfTheOneBefore) {
  const ExerciseRecord got = Read(StrCat("reports:\n", kReport, ", grading: C3}\n",
                                         "  - {mission: minurcat, id: r-1, revision: 3, kind: "
                                         "withdraw, reported: \"2008-02-01T00:00Z\","
                                         " reason: wrong}\n",
                                         "  - {mission: minurcat, id: r-1, revision: 2, kind: "
                                         "regrade, reported: \"2008-01-30T00:00Z\","
                                         " grading: B2, reason: seen}\n"));
  EXPECT_THAT(got.problems, IsEmpty());
  ASSERT_EQ(got.items.size(), 3U);
  EXPECT_EQ(got.items[1].event.revision_kind, RevisionKind::kWithdraw);
  EXPECT_EQ(got.items[1].event.grading, (Grading{"B", "2"}));
  EXPECT_EQ(got.items[1].event.type, "movement.column");
  EXPECT_EQ(got.items[2].event.type, "movement.column");
  EXPECT_EQ(got.items[2].event.revision_reason, "seen");
}

struct BadEntry {
  const char* more;
  const char* path;
  const char* reason;
};
void PrintTo(const BadEntry& bad, std::ostream* out) { *out << bad.more; }
class BadEntryTest : public ::testing::TestWithParam<BadEntry> {};

TEST_P(BadEntryTest, IsNamedAndLeftOut) {
  const ExerciseRecord got = ReadOne(GetParam().more);
  EXPECT_THAT(got.items, IsEmpty());
  EXPECT_EQ(got.refused, 1);
  ASSERT_FALSE(got.problems.empty());
  EXPECT_EQ(got.problems[0].column, GetParam().path);
  EXPECT_THAT(got.problems[0].reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Entries, BadEntryTest,
    ::testing::Values(BadEntry{", nature: feared", "nature", "none of the known"},
                      BadEntry{", stream: radio", "stream", "neither"},
                      BadEntry{", kind: forget", "kind", "none of"},
                      BadEntry{", grading: Z9", "grading", "A1 to F6"},
                      BadEntry{", reported: \"2008-01-28\"", "reported", "a day where a time"},
                      BadEntry{", reported: \"2008-01-28T25:00Z\"", "reported", "neither a date"},
                      BadEntry{", valid: {from: \"2008-02-02\", to: \"2008-02-01\"}", "valid",
                               "before it begins"},
                      BadEntry{", place: {name: x, lat: 1}", "place", "only one of lat and lon"},
                      BadEntry{", place: {name: x, lat: .nan, lon: 1}", "place.lat",
                               "not a number"},
                      BadEntry{", place: here", "place", "not a mapping"},
                      BadEntry{", label: {tlp: purple}", "label.tlp", "none of the known"},
                      BadEntry{", actors: {name: JEM}", "actors", "not a list"},
                      BadEntry{", colour: red", "colour", "no field that is known"},
                      BadEntry{", zone: Africa/Nowhere", "zone", "time zone"},
                      BadEntry{", revision: two", "revision", "not a whole number"}));

TEST(RecordTest, FeedsBecomeHeartbeats) {
  const ExerciseRecord got = Read(
      "feeds:\n  - {mission: unamid, feed: g-1, feed_kind: acoustic, every: 6h, grading: A1,\n"
      "     from: \"2009-10-10T01:00Z\", to: \"2009-10-10T13:00Z\", place: {name: El Geneina}}\n");
  EXPECT_THAT(got.problems, IsEmpty());
  ASSERT_EQ(got.items.size(), 3U);
  EXPECT_EQ(got.items[1].event.identity.id.str(), "g-1-20091010T070000Z");
  EXPECT_EQ(got.items[1].stream, Stream::kSensor);
  EXPECT_EQ(got.items[1].event.attributes.at("feed"), "g-1");
  EXPECT_EQ(got.items[2].event.observed.from, At("2009-10-10T13:00:00Z"));
}

TEST(RecordTest, FeedsAreBounded) {
  for (const char* every : {"1s", "0s", "-1h", "6", "x", "99999999999d"}) {
    const ExerciseRecord got =
        Read(StrCat("feeds:\n  - {mission: unamid, feed: g, every: ", every,
                    ", from: \"2009-01-01T00:00Z\", to: \"2010-01-01T00:00Z\"}\n"));
    EXPECT_THAT(got.items, IsEmpty()) << every;
    EXPECT_EQ(got.problems.at(0).column, "every") << every;
  }
}

TEST(RecordTest, WhatIsNoRecordIsAProblem) {
  for (const char* text : {"", "[", "reports: 7", "a: &a [*a]", "- x", "\xFF", "reports: {a: b}"}) {
    EXPECT_FALSE(Read(text).problems.empty()) << text;
    EXPECT_THAT(Read(text).items, IsEmpty()) << text;
  }
}

TEST(WhenTest, DaysInstantsAndFromTo) {
  const absl::TimeZone zone = absl::FixedTimeZone(3600);
  const auto day = ParseWhen("2008-01-31", zone);
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(day->interval,
            (Interval{At("2008-01-30T23:00:00Z"), At("2008-01-31T22:59:59.999999Z")}));
  EXPECT_EQ(day->precision, TimePrecision::kDay);
  EXPECT_EQ(ParseWhen("2008-01-31T10:00Z", zone)->precision, TimePrecision::kInstant);
  EXPECT_EQ(ParseWhen("2008-01-31T10:00Z..2008-01-31T10:30Z", zone)->precision,
            TimePrecision::kHour);
  EXPECT_EQ(ParseWhen("2008-01-31..2008-02-03", zone)->precision, TimePrecision::kWeek);
  for (const char* bad :
       {"", "yesterday", "2008-01-31..", "2008-02-03..2008-01-31", "..", "2008-02-31"}) {
    EXPECT_FALSE(ParseWhen(bad, zone).ok()) << bad;
  }
}

TEST(PlayTest, TheShippedPlayAndItsRecordAreWhole) {
  const Play play = ReadPlay(Contents("data/exercise/play.yaml"));
  EXPECT_THAT(play.problems, IsEmpty());
  EXPECT_EQ(play.exercise, "EX-FIRST-LIGHT");
  ASSERT_EQ(play.sources.size(), 3U);
  EXPECT_EQ(play.sources[1].default_filer, MissionId("unmis"));
  EXPECT_EQ(play.sources[1].ucdp.uncertainty_km[3], 200);
  EXPECT_EQ(play.sources[2].shift_days, -3287);
  ImportWorld world = World();
  world.zone_of = [](const MissionId&) { return "Africa/Khartoum"; };
  const ExerciseRecord record = ReadRecord(Contents("data/exercise/record.yaml"), {}, world);
  EXPECT_THAT(record.problems, IsEmpty());
  EXPECT_GT(record.items.size(), 1500U);
}

TEST(PlayTest, SaysWhatIsWrong) {
  const auto problem = [](const std::string& yaml) {
    const Play play = ReadPlay(yaml);
    return play.problems.empty() ? "" : play.problems[0].column;
  };
  const std::string head = "exercise: E\nsources:\n";
  EXPECT_EQ(problem(StrCat(head, "  - {kind: record, file: x}\n")), "");
  EXPECT_EQ(problem("exercise: E\n"), "sources");
  EXPECT_EQ(problem("status: actual\nexercise: E\nsources: [{kind: record, file: x}]\n"),
            "exercise");
  EXPECT_EQ(problem(StrCat(head, "  - {kind: radio, file: x}\n")), "sources.kind");
  EXPECT_EQ(problem(StrCat(head, "  - {kind: record}\n")), "sources.file");
  EXPECT_EQ(problem(StrCat(head, "  - {kind: ucdp, file: x, stream: sensor}\n")), "sources.stream");
  EXPECT_EQ(problem(StrCat(head, "  - {kind: ucdp, file: x, precision: {\"1\": exact}}\n")),
            "sources.precision.1");
  EXPECT_EQ(problem(StrCat(head, "  - {kind: ucdp, file: x, precision: {\"9\": day}}\n")),
            "sources.precision.9");
  EXPECT_EQ(problem(StrCat(head, "  - {kind: firms, file: x, feed: f, shift_days: 99999999}\n")),
            "sources.shift_days");
}

}  // namespace
}  // namespace tocsin
