// The index against hand-made geometries, and its refusals.
#include "lib/geo/place_index.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Time Day(int year, unsigned month, unsigned day) {
  return Time(std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                                    std::chrono::day(day)));
}
const Time kToday = Day(2009, 3, 4);

std::string Feature(const std::string& properties, const std::string& type,
                    const std::string& coordinates) {
  return StrCat(R"({"type":"Feature","properties":{)", properties, R"(},"geometry":{"type":")",
                type, R"(","coordinates":)", coordinates, "}}");
}

std::string Collection(const std::vector<std::string>& features) {
  std::string text = R"({"type":"FeatureCollection","features":[)";
  for (size_t i = 0; i < features.size(); ++i) text += (i > 0 ? "," : "") + features[i];
  return text + "]}";
}

std::string Area(const std::string& id, const std::string& coordinates,
                 const std::string& more = "") {
  return Feature(StrCat(R"("id":")", id, "\"", more), "Polygon", coordinates);
}

std::string Corridor(const std::string& id, const std::string& coordinates,
                     const std::string& width = "50") {
  return Feature(StrCat(R"("id":")", id, R"(","width_km":)", width), "LineString", coordinates);
}

std::unique_ptr<const PlaceIndex> Make(const std::vector<std::string>& areas,
                                       const std::vector<std::string>& corridors = {}) {
  auto index = MakeS2PlaceIndex(Collection(areas), Collection(corridors));
  EXPECT_TRUE(index.ok()) << index.status();
  return *std::move(index);
}

std::vector<AreaId> Ids(std::initializer_list<const char*> ids) {
  return std::vector<AreaId>(ids.begin(), ids.end());
}

constexpr char kSquare[] = "[[[20,10],[24,10],[24,14],[20,14],[20,10]]]";

TEST(Areas, LongitudeComesFirst) {
  const auto index = Make({Area("a", kSquare)});
  EXPECT_EQ(index->AreasAt({.latitude = 12, .longitude = 22}, kToday), Ids({"a"}));
  EXPECT_THAT(index->AreasAt({.latitude = 22, .longitude = 12}, kToday), IsEmpty());
}

TEST(Areas, EitherDirectionOfARingBoundsTheSmallerPart) {
  const auto index = Make({Area("a", "[[[20,10],[20,14],[24,14],[24,10],[20,10]]]")});
  EXPECT_EQ(index->AreasAt({.latitude = 12, .longitude = 22}, kToday), Ids({"a"}));
  EXPECT_THAT(index->AreasAt({.latitude = -40, .longitude = 150}, kToday), IsEmpty());
}

TEST(Areas, HolesAreOutsideInEitherDirection) {
  for (const char* hole :
       {"[[21,11],[23,11],[23,13],[21,13],[21,11]]", "[[21,11],[21,13],[23,13],[23,11],[21,11]]"}) {
    const auto index =
        Make({Area("a", StrCat("[[[20,10],[24,10],[24,14],[20,14],[20,10]],", hole, "]"))});
    EXPECT_THAT(index->AreasAt({.latitude = 12, .longitude = 22}, kToday), IsEmpty());
    EXPECT_EQ(index->AreasAt({.latitude = 12, .longitude = 20.5}, kToday), Ids({"a"}));
  }
}

TEST(Areas, OverlapAndLeaveGaps) {
  const auto index = Make({Area("west", "[[[20,10],[24,10],[24,14],[20,14],[20,10]]]"),
                           Area("east", "[[[23,10],[27,10],[27,14],[23,14],[23,10]]]"),
                           Area("far", "[[[30,10],[31,10],[31,11],[30,11],[30,10]]]")});
  EXPECT_EQ(index->AreasAt({.latitude = 12, .longitude = 23.5}, kToday), Ids({"east", "west"}));
  EXPECT_THAT(index->AreasAt({.latitude = 12, .longitude = 28.5}, kToday), IsEmpty());
}

TEST(Areas, PartsOfAMultiPolygonAddUpEvenOneInsideAnother) {
  const auto index = Make({Feature(R"("id":"a")", "MultiPolygon",
                                   "[[[[20,10],[24,10],[24,14],[20,14],[20,10]]],"
                                   "[[[21,11],[23,11],[23,13],[21,13],[21,11]]],"
                                   "[[[40,10],[41,10],[41,11],[40,11],[40,10]]]]")});
  EXPECT_EQ(index->AreasAt({.latitude = 12, .longitude = 22}, kToday), Ids({"a"}));
  EXPECT_EQ(index->AreasAt({.latitude = 10.5, .longitude = 40.5}, kToday), Ids({"a"}));
}

TEST(Areas, DatesAreInclusiveAndAnIdMayMove) {
  const auto index =
      Make({Area("a", kSquare, R"(,"from":"2008-01-01","to":"2009-12-31")"),
            Area("a", "[[[40,10],[44,10],[44,14],[40,14],[40,10]]]", R"(,"from":"2010-01-01")")});
  const Point before{.latitude = 12, .longitude = 22};
  const Point after{.latitude = 12, .longitude = 42};
  EXPECT_THAT(index->AreasAt(before, Day(2008, 1, 1) - Duration(1)), IsEmpty());
  EXPECT_EQ(index->AreasAt(before, Day(2008, 1, 1)), Ids({"a"}));
  EXPECT_EQ(index->AreasAt(before, Day(2010, 1, 1) - Duration(1)), Ids({"a"}));
  EXPECT_THAT(index->AreasAt(before, Day(2010, 1, 1)), IsEmpty());
  EXPECT_THAT(index->AreasAt(after, Day(2009, 12, 31)), IsEmpty());
  EXPECT_EQ(index->AreasAt(after, Day(2090, 1, 1)), Ids({"a"}));
}

TEST(Areas, FeaturesOfOneIdThatOverlapAreNamedOnce) {
  const auto index = Make({Area("a", kSquare), Area("a", kSquare)});
  EXPECT_EQ(index->AreasAt({.latitude = 12, .longitude = 22}, kToday), Ids({"a"}));
}

TEST(Areas, AcrossTheAntimeridianWholeOrCut) {
  const auto whole = Make({Area("a", "[[[175,-5],[-175,-5],[-175,5],[175,5],[175,-5]]]")});
  const auto cut = Make({Feature(R"("id":"a")", "MultiPolygon",
                                 "[[[[175,-5],[180,-5],[180,5],[175,5],[175,-5]]],"
                                 "[[[-180,-5],[-175,-5],[-175,5],[-180,5],[-180,-5]]]]")});
  for (const auto* index : {&whole, &cut}) {
    for (const double longitude : {176.0, 180.0, -180.0, -176.0}) {
      EXPECT_EQ((*index)->AreasAt({.latitude = 1, .longitude = longitude}, kToday), Ids({"a"}))
          << longitude;
    }
    EXPECT_THAT((*index)->AreasAt({.latitude = 1, .longitude = 174}, kToday), IsEmpty());
    EXPECT_THAT((*index)->AreasAt({.latitude = 1, .longitude = 0}, kToday), IsEmpty());
  }
}

TEST(Areas, AroundAPole) {
  const auto index = Make({Area("a", "[[[0,-70],[120,-70],[-120,-70],[0,-70]]]")});
  EXPECT_EQ(index->AreasAt({.latitude = -90, .longitude = 33}, kToday), Ids({"a"}));
  EXPECT_EQ(index->AreasAt({.latitude = -89, .longitude = -150}, kToday), Ids({"a"}));
  EXPECT_THAT(index->AreasAt({.latitude = 90, .longitude = 0}, kToday), IsEmpty());
}

TEST(Areas, APointOnASharedBorderLiesInExactlyOneOfTheTwo) {
  const auto index =
      Make({Area("a", kSquare), Area("b", "[[[24,10],[28,10],[28,14],[24,14],[24,10]]]")});
  for (const double latitude : {10.5, 12.0, 13.75}) {
    EXPECT_EQ(index->AreasAt({.latitude = latitude, .longitude = 24}, kToday).size(), 1U)
        << latitude;
  }
}

TEST(Corridors, ReachTheirWidthOnBothSidesAndAroundTheEnds) {
  // A meridian: a degree of latitude is 111,195 m on the sphere.
  const auto index = Make({}, {Corridor("c", "[[22,10],[22,12]]")});
  const auto in = ElementsAre(CorridorId("c"));
  EXPECT_THAT(index->CorridorsAt({.latitude = 11, .longitude = 22.4}, kToday), in);
  EXPECT_THAT(index->CorridorsAt({.latitude = 11, .longitude = 21.6}, kToday), in);
  EXPECT_THAT(index->CorridorsAt({.latitude = 11, .longitude = 22.5}, kToday), IsEmpty());
  EXPECT_THAT(index->CorridorsAt({.latitude = 12.449, .longitude = 22}, kToday), in);
  EXPECT_THAT(index->CorridorsAt({.latitude = 12.450, .longitude = 22}, kToday), IsEmpty());
  EXPECT_EQ(index->CorridorWidthMetres(CorridorId("c")), 50'000);
  EXPECT_EQ(index->CorridorWidthMetres(CorridorId("other")), 0);
}

TEST(Corridors, DistanceIsGeodesicAlsoAcrossTheAntimeridianAndNearAPole) {
  const auto index = Make({}, {Corridor("pacific", "[[179.9,0],[-179.9,0]]", "20"),
                               Corridor("polar", "[[0,89.9],[180,89.9]]", "20")});
  EXPECT_THAT(index->CorridorsAt({.latitude = 0.1, .longitude = 180}, kToday),
              ElementsAre(CorridorId("pacific")));
  EXPECT_THAT(index->CorridorsAt({.latitude = 0.1, .longitude = 0}, kToday), IsEmpty());
  EXPECT_THAT(index->CorridorsAt({.latitude = 90, .longitude = 77}, kToday),
              ElementsAre(CorridorId("polar")));
  EXPECT_THAT(index->CorridorsAt({.latitude = 89.95, .longitude = 90}, kToday),
              ElementsAre(CorridorId("polar")));
}

TEST(Corridors, RepeatedPositionsAndSeveralLinesAreFine) {
  const auto index = Make({}, {Feature(R"("id":"c","width_km":10)", "MultiLineString",
                                       "[[[22,10],[22,10],[22,11]],[[30,10],[30,11]]]")});
  EXPECT_THAT(index->CorridorsAt({.latitude = 10.5, .longitude = 30.05}, kToday),
              ElementsAre(CorridorId("c")));
}

TEST(Index, AnswersDoNotDependOnTheOrderOfFeatures) {
  std::vector<std::string> areas = {Area("b", kSquare), Area("a", kSquare), Area("c", kSquare)};
  const auto forward = Make(areas);
  std::reverse(areas.begin(), areas.end());
  const auto backward = Make(areas);
  const Point point{.latitude = 12, .longitude = 22};
  EXPECT_EQ(forward->AreasAt(point, kToday), Ids({"a", "b", "c"}));
  EXPECT_EQ(backward->AreasAt(point, kToday), forward->AreasAt(point, kToday));
}

TEST(Index, EmptyTextsHaveNoFeatures) {
  const auto index = MakeS2PlaceIndex("", "");
  ASSERT_TRUE(index.ok());
  EXPECT_THAT((*index)->AreasAt({.latitude = 1, .longitude = 1}, kToday), IsEmpty());
}

struct Refusal {
  std::string areas, corridors, expected;
};

TEST(Index, RefusesWhatIsNoGeometryNamingTheFeature) {
  const std::string good = Area("good", kSquare);
  const std::vector<Refusal> refusals = {
      {"{", "", "areas: is not JSON"},
      {"[]", "", "areas: must be a GeoJSON FeatureCollection"},
      {Collection({good, Area("", kSquare)}), "", "areas: feature 2: property 'id'"},
      {Collection({Area("x", kSquare, R"(,"from":"2009-02-30")")}), "", "property 'from'"},
      {Collection({Area("x", kSquare, R"(,"from":"2010-01-01","to":"2009-01-01")")}), "",
       "'from' is after property 'to'"},
      {Collection({Area("x", "[[[20,10],[24,10],[24,14],[20,14]]]")}), "", "must end at"},
      {Collection({Area("x", "[[[20,10],[24,10],[20,10]]]")}), "", "at least 4 positions"},
      {Collection({Area("x", "[[[20,95],[24,10],[24,14],[20,95]]]")}), "", "not on the globe"},
      {Collection({Area("x", R"([[["20",9],[24,10],[24,14],[20,9]]])")}), "", "a position must be"},
      // A bow tie, a hole outside, a hole that crosses, a repeated position.
      {Collection({Area("x", "[[[20,10],[24,14],[24,10],[20,14],[20,10]]]")}), "",
       "areas: feature 1 (\"x\"): invalid geometry"},
      {Collection({Area("x",
                        "[[[20,10],[24,10],[24,14],[20,14],[20,10]],"
                        "[[30,11],[31,11],[31,12],[30,11]]]")}),
       "", "a hole does not lie inside"},
      {Collection({Area("x",
                        "[[[20,10],[24,10],[24,14],[20,14],[20,10]],"
                        "[[23,11],[25,11],[25,12],[23,12],[23,11]]]")}),
       "", "invalid geometry"},
      {Collection({Area("x", "[[[20,10],[20,10],[24,14],[20,14],[20,10]]]")}), "",
       "invalid geometry"},
      {Collection({Feature(R"("id":"x")", "Point", "[20,10]")}), "", "must be a Polygon"},
      {"", Collection({Corridor("x", "[[20,10]]")}), "corridors: feature 1 (\"x\")"},
      {"", Collection({Corridor("x", "[[20,10],[21,10]]", "0")}), "'width_km'"},
      {"", Collection({Corridor("x", "[[20,10],[21,10]]", "\"50\"")}), "'width_km'"},
      {"", Collection({Corridor("x", "[[0,0],[180,0]]")}), "antipodal"},
      {"",
       Collection({Corridor("x", "[[20,10],[21,10]]"), Corridor("x", "[[20,10],[21,10]]", "60")}),
       "'width_km' differs"},
  };
  for (const Refusal& refusal : refusals) {
    const auto index = MakeS2PlaceIndex(refusal.areas, refusal.corridors);
    ASSERT_FALSE(index.ok()) << refusal.areas << refusal.corridors;
    EXPECT_EQ(index.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(index.status().message()), HasSubstr(refusal.expected));
  }
}

}  // namespace
}  // namespace tocsin
