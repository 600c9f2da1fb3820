// Deadlines worked out by hand, on days on which a clock was changed.
#include "lib/rules/schedule.h"

#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

Time At(const char* text) { return MomentOf(text).value_or(kNever); }

// Khartoum: an hour forward at noon of 15 January 2000, an hour back at the end of 31 October 2017.
Schedule Khartoum(const char* by) {
  return {TimeOfDayOf(by).value_or(Duration(-1)),
          {{At("1985-10-14T21:00Z"), std::chrono::hours(2)},
           {At("2000-01-15T10:00Z"), std::chrono::hours(3)},
           {At("2017-10-31T21:00Z"), std::chrono::hours(2)}}};
}

TEST(ScheduleTest, TheFirstDeadlineBelongsToTheEventTheNextAsksForAnother) {
  const Schedule evening = Khartoum("18:00");  // 15:00 in UTC
  EXPECT_EQ(SecondDeadline(evening, At("2009-05-01T14:59Z")), At("2009-05-02T15:00Z"));
  EXPECT_EQ(SecondDeadline(evening, At("2009-05-01T15:00Z")), At("2009-05-02T15:00Z"));
  EXPECT_EQ(SecondDeadline(evening, At("2009-05-01T15:00Z") + Duration(1)),
            At("2009-05-03T15:00Z"));
  const Schedule midnight = Khartoum("00:00");  // 21:00 of the day before
  EXPECT_EQ(SecondDeadline(midnight, At("2009-05-01T21:00Z")), At("2009-05-02T21:00Z"));
  EXPECT_EQ(SecondDeadline(midnight, At("2009-05-01T21:01Z")), At("2009-05-03T21:00Z"));
}

TEST(ScheduleTest, FollowsTheClockOfTheDesk) {
  const Schedule evening = Khartoum("18:00");
  EXPECT_EQ(SecondDeadline(evening, At("2000-01-13T17:00Z")), At("2000-01-15T15:00Z"));
  EXPECT_EQ(SecondDeadline(evening, At("2000-01-14T16:00Z")), At("2000-01-15T15:00Z"));
  EXPECT_EQ(SecondDeadline(evening, At("2017-10-31T15:00Z")), At("2017-11-01T16:00Z"));
  EXPECT_EQ(SecondDeadline(evening, At("2017-10-31T15:01Z")), At("2017-11-02T16:00Z"))
      << "49 hours after the deadline before it";
  EXPECT_EQ(SecondDeadline(evening, At("1970-01-01")), At("1970-01-02T16:00Z"))
      << "before the first row its offset holds";
}

TEST(ScheduleTest, ATimeThatNeverCameOrCameTwice) {
  const Schedule leapt = Khartoum("12:30");
  EXPECT_EQ(SecondDeadline(leapt, At("2000-01-14T10:30Z")), At("2000-01-15T10:00Z"));
  EXPECT_EQ(SecondDeadline(leapt, At("2000-01-15T10:00Z")), At("2000-01-16T09:30Z"));
  const Schedule twice = Khartoum("23:30");
  EXPECT_EQ(SecondDeadline(twice, At("2017-10-30T20:30Z")), At("2017-10-31T20:30Z"));
  EXPECT_EQ(SecondDeadline(twice, At("2017-10-31T20:30Z")), At("2017-11-01T21:30Z"));
}

TEST(ScheduleTest, WestOfGreenwich) {
  const Schedule morning{std::chrono::hours(7), {{kUnknownTime, -std::chrono::hours(9)}}};
  EXPECT_EQ(SecondDeadline(morning, At("2009-05-01T16:00Z")), At("2009-05-02T16:00Z"));
  EXPECT_EQ(SecondDeadline(morning, At("2009-05-01T16:01Z")), At("2009-05-03T16:00Z"));
}

TEST(ScheduleTest, ReadsTimes) {
  EXPECT_EQ(TimeOfDayOf("18:05"), std::chrono::minutes(18 * 60 + 5));
  for (const char* bad : {"", "24:00", "18:60", "8:00", "18.00", "18:0x", "+8:00", "18:000"}) {
    EXPECT_EQ(TimeOfDayOf(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(OffsetOf("-03:30"), -std::chrono::minutes(210));
  for (const char* bad : {"", "03:00", "+3:00", "+15:00", "UTC"}) {
    EXPECT_EQ(OffsetOf(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(MomentOf("1970-01-02"), Time(std::chrono::days(1)));
  EXPECT_EQ(MomentOf("1970-01-02T01:00Z"), Time(std::chrono::hours(25)));
  for (const char* bad : {"", "1970-1-2", "1969-12-31", "2009-02-29", "2009-01-01T10:00",
                          "2009-01-01 10:00Z", "2009/01/01", "2009-01-01T10:00+"}) {
    EXPECT_EQ(MomentOf(bad), std::nullopt) << bad;
  }
}

constexpr char kRule[] = R"(id: daily
version: 1
title: {en: Daily}
why: Because.
kind: absence
group_by: [mission]
selections:
  report:
    types: [security.*]
condition:
  daily_by: "18:00"
  desk: south
  severity: minor
address: originators
urgency: immediate
response: assess
label: {classification: unclassified, tlp: amber}
)";

TEST(ScheduleTest, ARuleTakesTheClockOfItsDesk) {
  const auto rule = ParseRule("rule/daily", kRule, TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  ASSERT_TRUE(rule->schedule.has_value());
  EXPECT_EQ(rule->schedule->by, std::chrono::hours(18));
  EXPECT_EQ(rule->schedule->offsets, TestPack().desks.at(MissionId("south")).offsets);
  EXPECT_EQ(rule->schedule->offsets.size(), 3u);
  EXPECT_EQ(rule->window, std::chrono::hours(48));
  EXPECT_EQ(rule->reach, std::chrono::hours(49));
}

TEST(ScheduleTest, ARuleIsRefusedWithTheReason) {
  const auto refusal = [](const char* from, const char* to) {
    const std::string text = absl::StrReplaceAll(kRule, {{from, to}});
    EXPECT_NE(text, kRule) << "nothing replaced: " << from;
    return std::string(ParseRule("rule/daily", text, TestPack()).status().message());
  };
  EXPECT_EQ(refusal("desk: south", "desk: north"),
            "rule/daily:12:9: condition.desk: 'north' has no offsets from UTC: add `offsets` to it "
            "in the desks document");
  EXPECT_THAT(refusal("desk: south", "desk: mars"), HasSubstr("'mars' is not a desk"));
  EXPECT_THAT(refusal("  desk: south\n", ""), HasSubstr("condition.desk: is missing"));
  EXPECT_THAT(refusal("18:00", "6pm"), HasSubstr("condition.daily_by: '6pm' is no time of a day"));
  EXPECT_THAT(refusal("  desk: south\n", "  desk: south\n  every: 1d\n"),
              HasSubstr("condition.every: excludes daily_by"));
  EXPECT_THAT(refusal("  daily_by: \"18:00\"\n", "  every: 1d\n"),
              HasSubstr("condition.desk: is not a known key"));
  EXPECT_THAT(refusal("  daily_by: \"18:00\"\n  desk: south\n", ""),
              HasSubstr("condition.every: is missing"));
}

TEST(ScheduleTest, ADeskIsRefusedWithTheReason) {
  const auto refusal = [](const char* from, const char* to) {
    std::vector<Document> documents = TestRegisters();
    for (Document& document : documents) {
      if (document.kind != "desks") continue;
      const std::string text = absl::StrReplaceAll(document.text, {{from, to}});
      EXPECT_NE(text, document.text) << "nothing replaced: " << from;
      document.text = text;
    }
    return std::string(ParsePack(documents, TestMissions()).status().message());
  };
  EXPECT_THAT(refusal("from: 2009-01-03T10:00Z", "from: 3 January"),
              HasSubstr("desks.south.offsets[1].from: must be"));
  EXPECT_THAT(refusal("from: 2009-01-03T10:00Z", "from: 2009-02-03"),
              HasSubstr("desks.south.offsets[2].from: is not after the one before"));
  EXPECT_THAT(refusal("\"+02:00\"", "two"), HasSubstr("desks.south.offsets[1].utc: must be"));
  EXPECT_THAT(refusal("utc: \"+02:00\"", "utc: \"+02:00\", dst: 1"),
              HasSubstr("desks.south.offsets[1].dst: is not a known key"));
}

}  // namespace
}  // namespace tocsin
