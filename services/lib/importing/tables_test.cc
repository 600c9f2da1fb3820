#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/importing/importing.h"
#include "lib/importing/testing.h"

namespace tocsin {
namespace {

using importing_testing::At;
using importing_testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kUcdpHeader[] =
    "id,type_of_violence,side_a,side_b,where_prec,where_coordinates,latitude,longitude,event_"
    "clarity,"
    "date_prec,date_start,date_end,best\n";

Imported Ucdp(const std::string& rows, const ImportOptions& options = {}) {
  return ImportUcdp(kUcdpHeader + rows, UcdpSpec(), options, World());
}

TEST(UcdpTest, ARowIsAnEventWithItsPrecision) {
  const Imported got = Ucdp(
      "8103,1,Government of Sudan,JEM,2,Geneina town,13.45,22.45,1,1,2008-01-12,2008-01-13,4\n");
  EXPECT_THAT(got.problems, IsEmpty());
  ASSERT_EQ(got.events.size(), 1U);
  const Event& event = got.events[0];
  EXPECT_EQ(event.identity, (Identity{MissionId("unamid"), EventId("ucdp-8103")}));
  EXPECT_EQ(event.type, "security.clash");
  EXPECT_EQ(event.nature, Nature::kObserved);
  // Local days of Khartoum.
  EXPECT_EQ(event.observed.from, At("2008-01-11T21:00:00Z"));
  EXPECT_EQ(event.observed.to, At("2008-01-13T20:59:59.999999Z"));
  EXPECT_EQ(event.precision, TimePrecision::kDay);
  EXPECT_EQ(event.zone, "Africa/Khartoum");
  EXPECT_EQ(event.place.name, "Geneina town");
  EXPECT_EQ(event.place.point, (Point{13.45, 22.45}));
  EXPECT_EQ(event.place.uncertainty_m, 25'000);
  EXPECT_EQ(event.people.killed, 4);
  EXPECT_EQ(event.people.injured, std::nullopt);
  ASSERT_EQ(event.actors.size(), 2U);
  EXPECT_EQ(event.actors[1], (Actor{"JEM", "", "party"}));
  EXPECT_EQ(event.grading, (Grading{"B", "2"}));
  EXPECT_THAT(event.texts, IsEmpty());
  EXPECT_EQ(event.revision, 1);
  EXPECT_EQ(got.lines[0], 2);
}

TEST(UcdpTest, InAnyOrderOfRowsTheIdsAreTheSame) {
  const std::string a = "1,3,LRA,Civilians,5,here,12,23,2,5,2008-01-01,2008-05-01,0\n";
  const std::string b = "1,3,LRA,Civilians,5,there,12,23,2,5,2008-01-01,2008-05-01,0\n";
  const std::string bad = "2,3,LRA,Civilians,9,there,12,23,2,5,2008-01-01,2008-05-01,0\n";
  const ImportOptions any_order = {.any_order = true};
  const Imported straight = Ucdp(a + b + bad, any_order);
  const Imported turned = Ucdp(bad + b + a, any_order);
  ASSERT_EQ(straight.events.size(), 2U);
  EXPECT_EQ(straight.events, turned.events);
  EXPECT_EQ(straight.lines, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(turned.lines, (std::vector<int64_t>{4, 3})) << "each with the line that it is on";
  ASSERT_EQ(turned.problems.size(), 1U);
  EXPECT_EQ(turned.problems[0].line, 2);
  EXPECT_NE(Ucdp(a + b).events, Ucdp(b + a).events) << "else the first in the file keeps the id";
}

TEST(UcdpTest, OneSidedViolenceIsAnAttackOnTheTarget) {
  const Imported got = Ucdp("1,3,LRA,Civilians,5,somewhere,12,23,2,5,2008-01-01,2008-05-01,0\n");
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events[0].type, "security.attack");
  EXPECT_EQ(got.events[0].actors[0].role, "perpetrator");
  EXPECT_EQ(got.events[0].actors[1].role, "target");
  EXPECT_EQ(got.events[0].place.uncertainty_m, 150'000);
  EXPECT_EQ(got.events[0].precision, TimePrecision::kVague);
  EXPECT_EQ(got.events[0].grading, (Grading{"B", "3"}));
}

TEST(UcdpTest, OutsideEveryAreaTheFilerFiles) {
  const std::string row = "1,3,LRA,Civilians,1,Duru,4,28,1,1,2008-01-01,2008-01-01,0\n";
  const Imported nobody = Ucdp(row);
  EXPECT_EQ(nobody.outside, 1);
  EXPECT_THAT(nobody.events, IsEmpty());
  ImportOptions options;
  options.filer = MissionId("minurcat");
  const Imported filed = Ucdp(row, options);
  ASSERT_EQ(filed.events.size(), 1U);
  EXPECT_EQ(filed.events[0].identity.mission, MissionId("minurcat"));
  EXPECT_EQ(filed.events[0].zone, "Africa/Ndjamena");
  EXPECT_EQ(filed.events[0].observed.from, At("2007-12-31T23:00:00Z"));
}

TEST(UcdpTest, DaysAreShiftedAsDays) {
  ImportOptions options;
  options.shift_days = 366;
  options.status = Status::kExercise;
  options.exercise_id = "EX-1";
  const Imported got = Ucdp("1,3,A,B,1,x,13,23,1,1,2008-02-29,2008-02-29,0\n", options);
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events[0].observed.from, At("2009-02-28T21:00:00Z"));
  EXPECT_EQ(got.events[0].status, Status::kExercise);
  EXPECT_EQ(got.events[0].exercise_id, "EX-1");
}

struct BadRow {
  const char* row;
  const char* column;
  const char* reason;
};
void PrintTo(const BadRow& bad, std::ostream* out) { *out << bad.row; }

class UcdpBadRowTest : public ::testing::TestWithParam<BadRow> {};

TEST_P(UcdpBadRowTest, IsNamedAndCountedAndNotTheEnd) {
  const std::string good = "2,3,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01,0\n";
  const Imported got = Ucdp(StrCat(GetParam().row, "\n", good));
  EXPECT_EQ(got.rows, 2);
  EXPECT_EQ(got.refused, 1);
  EXPECT_EQ(got.events.size(), 1U);
  ASSERT_FALSE(got.problems.empty());
  EXPECT_EQ(got.problems[0].line, 2);
  EXPECT_EQ(got.problems[0].column, GetParam().column);
  EXPECT_THAT(got.problems[0].reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, UcdpBadRowTest,
    ::testing::Values(
        BadRow{"1,3,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01", "", "has 12 columns, the header 13"},
        BadRow{"1,3,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01,0,9", "", "has 14 columns"},
        BadRow{"one,3,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01,0", "id", "\"one\" is not a whole"},
        BadRow{"1,4,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01,0", "type_of_violence", "1 and 3"},
        BadRow{"1,3,,B,1,x,13,23,1,1,2008-01-01,2008-01-01,0", "side_a", "is empty"},
        BadRow{"1,3,A,B,8,x,13,23,1,1,2008-01-01,2008-01-01,0", "where_prec", "1 and 7"},
        BadRow{"1,3,A,B,1,x,nan,23,1,1,2008-01-01,2008-01-01,0", "latitude", "is not a number"},
        BadRow{"1,3,A,B,1,x,13,inf,1,1,2008-01-01,2008-01-01,0", "longitude", "is not a number"},
        BadRow{"1,3,A,B,1,x,90.1,23,1,1,2008-01-01,2008-01-01,0", "latitude", "-90 and 90"},
        BadRow{"1,3,A,B,1,x,13,-181,1,1,2008-01-01,2008-01-01,0", "longitude", "-180 and 180"},
        BadRow{"1,3,A,B,1,x,13,23,1,6,2008-01-01,2008-01-01,0", "date_prec", "1 and 5"},
        BadRow{"1,3,A,B,1,x,13,23,1,1,2008-02-30,2008-03-01,0", "date_start", "calendar"},
        BadRow{"1,3,A,B,1,x,13,23,1,1,2008-1-1,2008-01-01,0", "date_start", "YYYY-MM-DD"},
        BadRow{"1,3,A,B,1,x,13,23,1,1,0008-01-01,2008-01-01,0", "date_start", "1900 and 2100"},
        BadRow{"1,3,A,B,1,x,13,23,1,1,2008-01-02,2008-01-01,0", "date_end", "before date_start"},
        BadRow{"1,3,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01,-1", "best", "-1 is not between"}));

TEST(UcdpTest, WithoutItsColumnsNoRowCanBeRead) {
  const Imported got = ImportUcdp("id,best\n1,2\n3,4\n", UcdpSpec(), {}, World());
  EXPECT_EQ(got.refused, 2);
  ASSERT_EQ(got.problems.size(), 1U);
  EXPECT_THAT(got.problems[0].column, HasSubstr("latitude"));
}

TEST(UcdpTest, AnEmptyFileHasNoHeader) {
  EXPECT_EQ(ImportUcdp("", UcdpSpec(), {}, World()).problems.size(), 1U);
}

TEST(UcdpTest, TheSameRowTwiceIsOneIdentityAndAnotherRowIsNot) {
  const std::string row = "1,3,A,B,1,x,13,23,1,1,2008-01-01,2008-01-01,0\n";
  const Imported got = Ucdp(StrCat(row, row, "1,3,A,B,1,y,13,23,1,1,2008-01-01,2008-01-01,0\n"));
  ASSERT_EQ(got.events.size(), 3U);
  EXPECT_EQ(got.events[0], got.events[1]);
  EXPECT_EQ(got.events[2].identity.id, EventId("ucdp-1.2"));
}

TEST(UcdpTest, TheShippedExtractIsReadWhole) {
  std::ifstream file("data/ucdp/ucdp_ged_2008_2009.csv");
  std::stringstream text;
  text << file.rdbuf();
  ImportOptions options;
  options.filer = MissionId("minurcat");
  const Imported got = ImportUcdp(text.str(), UcdpSpec(), options, World());
  EXPECT_EQ(got.rows, 289);
  EXPECT_EQ(got.events.size(), 289U);
  EXPECT_THAT(got.problems, IsEmpty());
}

constexpr char kFirmsHeader[] =
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_t31,frp,daynight\n";

TEST(FirmsTest, ARowIsADetectionOfItsMinuteAndPixel) {
  ImportOptions options;
  options.shift_days = -3287;
  const Imported got = ImportFirms(
      StrCat(kFirmsHeader, "13.964,23.87,320.8,4.6,2,2018-09-22,0735,T,58,6.0NRT,291.7,119.2,D\n"),
      FirmsSpec(), options, World());
  EXPECT_THAT(got.problems, IsEmpty());
  ASSERT_EQ(got.events.size(), 1U);
  const Event& event = got.events[0];
  // The id keeps the acquisition's own date.
  EXPECT_EQ(event.identity.id.str(), "firms-modis-T-2018-09-22T0735Z-13.964-23.87");
  EXPECT_EQ(event.observed.from, At("2009-09-22T07:35:00Z"));
  EXPECT_EQ(event.observed.to, At("2009-09-22T07:35:59.999999Z"));
  EXPECT_EQ(event.place.uncertainty_m, 4600);
  EXPECT_EQ(event.grading, (Grading{"B", "3"}));
  EXPECT_EQ(event.attributes.at("feed"), "firms-modis");
  EXPECT_EQ(event.attributes.at("frp_mw"), "119.2");
  EXPECT_EQ(event.attributes.at("confidence_pct"), "58");
  EXPECT_EQ(event.attributes.at("daynight"), "D");
  EXPECT_EQ(event.attributes.at("shift_days"), "-3287");
}

TEST(FirmsTest, ConfidenceIsThatOfFirms) {
  const auto credibility = [](const std::string& confidence) {
    const Imported got = ImportFirms(
        StrCat(kFirmsHeader, "13,23,320,1,1,2018-09-22,35,T,", confidence, ",v,291,1,D\n"),
        FirmsSpec(), {}, World());
    return got.events.empty() ? got.problems.at(0).column : got.events[0].grading.credibility;
  };
  EXPECT_EQ(credibility("80"), "2");
  EXPECT_EQ(credibility("79"), "3");
  EXPECT_EQ(credibility("29"), "4");
  EXPECT_EQ(credibility("high"), "2");
  EXPECT_EQ(credibility("n"), "3");
  EXPECT_EQ(credibility("l"), "4");
  EXPECT_EQ(credibility("101"), "confidence");
  EXPECT_EQ(credibility(""), "confidence");
}

TEST(FirmsTest, BadTimesAreNamed) {
  for (const char* time : {"2400", "1260", "-035", "00355", "", "12h5"}) {
    const Imported got =
        ImportFirms(StrCat(kFirmsHeader, "13,23,320,1,1,2018-09-22,", time, ",T,50,v,291,1,D\n"),
                    FirmsSpec(), {}, World());
    ASSERT_EQ(got.refused, 1) << time;
    EXPECT_EQ(got.problems[0].column, "acq_time") << time;
  }
}

TEST(LraTest, ARowIsASightingOfThatDay) {
  const Imported got = ImportLra(
      "date,latitude,longitude,country_pip,border_km,border_pair\n"
      "2008-01-07,13.4404,22.5846,Sudan,34.8,Chad|Sudan\n2008-13-07,1,2,Uganda,1,x\n",
      {}, World());
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events[0].type, "security.sighting");
  EXPECT_EQ(got.events[0].actors.at(0), (Actor{"LRA", "", "subject"}));
  EXPECT_EQ(got.events[0].place.uncertainty_m, 10'000);
  EXPECT_EQ(got.refused, 1);
  EXPECT_EQ(got.problems.at(0).line, 3);
}

}  // namespace
}  // namespace tocsin
