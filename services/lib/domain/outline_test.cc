#include "lib/domain/outline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/domain/geodesy.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Whether a line to the north crosses the ring an odd number of times.
bool Inside(const MapRing& ring, const Point& point) {
  bool inside = false;
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    const Point &a = ring[i], &b = ring[i + 1];
    if ((a.longitude > point.longitude) == (b.longitude > point.longitude)) continue;
    const double share = (point.longitude - a.longitude) / (b.longitude - a.longitude);
    inside ^= a.latitude + share * (b.latitude - a.latitude) > point.latitude;
  }
  return inside;
}
bool Inside(const std::vector<MapRing>& outline, Point point) {
  // Not on the line at which rings are cut.
  if (std::abs(point.longitude) == 180) point.longitude *= 1 - 1e-9;
  return std::any_of(outline.begin(), outline.end(),
                     [&](const MapRing& ring) { return Inside(ring, point); });
}

void ExpectWellFormed(const std::vector<MapRing>& outline) {
  for (const MapRing& ring : outline) {
    ASSERT_GE(ring.size(), 4U);
    EXPECT_EQ(ring.front(), ring.back());
    double twice_area = 0;
    for (size_t i = 0; i + 1 < ring.size(); ++i) {
      const Point &a = ring[i], &b = ring[i + 1];
      EXPECT_NE(a, b);
      EXPECT_LE(std::abs(a.longitude), 180);
      EXPECT_LE(std::abs(a.latitude), 90);
      twice_area += a.longitude * b.latitude - b.longitude * a.latitude;
    }
    EXPECT_GT(twice_area, 0) << "counter-clockwise";
  }
}

// The point `metres` from another, roughly, in a direction.
Point Away(const Point& from, double metres, double direction) {
  const double rad = std::numbers::pi / 180;
  const double d = metres / 6371008.8, lat = from.latitude * rad;
  const double to =
      std::asin(std::sin(lat) * std::cos(d) + std::cos(lat) * std::sin(d) * std::cos(direction));
  const double aside = std::atan2(std::sin(direction) * std::sin(d) * std::cos(lat),
                                  std::cos(d) - std::sin(lat) * std::sin(to));
  return {to / rad, std::remainder(from.longitude + aside / rad, 360)};
}

TEST(OutlineTest, APointIsAnAreaOfAKilometre) {
  const std::vector<MapRing> outline = OutlineOf({{{10, 20}, 0}});
  ASSERT_THAT(outline, SizeIs(1));
  ExpectWellFormed(outline);
  for (const Point& corner : outline[0]) {
    EXPECT_NEAR(static_cast<double>(DistanceMetres({10, 20}, corner)), 1020, 10);
  }
}

TEST(OutlineTest, WhatHasNoPlaceHasNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(OutlineOf({}), IsEmpty());
  EXPECT_THAT(OutlineOf({{{nan, 1}, 1}, {{1, nan}, 1}, {{1, 1}, nan}, {{91, 0}, 1}, {{0, 181}, 1}}),
              IsEmpty());
  EXPECT_EQ(GeoJsonOf({}), "");
  EXPECT_THAT(CapPolygonsOf({}), IsEmpty());
}

TEST(OutlineTest, AsTextForMapAndForCap) {
  const std::vector<MapRing> square = {{{0, 1}, {0, 2.5}, {1, 2.5}, {0, 1}}};
  EXPECT_EQ(GeoJsonOf(square),
            R"({"type":"Polygon","coordinates":[[[1.0000,0.0000],[2.5000,0.0000],)"
            R"([2.5000,1.0000],[1.0000,0.0000]]]})");
  EXPECT_THAT(CapPolygonsOf(square),
              ElementsAre("0.0000,1.0000 0.0000,2.5000 1.0000,2.5000 0.0000,1.0000"));
  EXPECT_THAT(GeoJsonOf({square[0], square[0]}),
              StartsWith(R"({"type":"MultiPolygon","coordinates":[[[[1.0000,)"));
}

TEST(OutlineTest, IsCutAtTheAntimeridian) {
  const std::vector<MapRing> outline = OutlineOf({{{0, 179.5}, 1000}, {{1, -179.5}, 1000}});
  ASSERT_THAT(outline, SizeIs(2));
  ExpectWellFormed(outline);
  for (const Point& there : {Point{0, 179.5}, {1, -179.5}, {0.5, 180}, {0.5, -180}}) {
    EXPECT_TRUE(Inside(outline, there)) << there.latitude << " " << there.longitude;
  }
  EXPECT_FALSE(Inside(outline, {0.5, 0})) << "the other way round the Earth";
  EXPECT_FALSE(Inside(outline, {0.5, 179}));
  EXPECT_THAT(OutlineOf({{{0, 180}, 5000}}), SizeIs(2));
  EXPECT_THAT(OutlineOf({{{0, -180}, 5000}}), SizeIs(2));
}

TEST(OutlineTest, NearAPoleIsABandAroundTheEarth) {
  EXPECT_THAT(OutlineOf({{{88, 10}, 400'000}}),
              ElementsAre(ElementsAre(Point{84.3308, -180}, Point{84.3308, 180}, Point{90, 180},
                                      Point{90, -180}, Point{84.3308, -180})));
  EXPECT_THAT(OutlineOf({{{0, 10}, 1e12}}),
              ElementsAre(ElementsAre(Point{-90, -180}, Point{-90, 180}, Point{90, 180},
                                      Point{90, -180}, Point{-90, -180})));
}

TEST(OutlineTest, HoldsEveryDisc) {
  for (const double latitude : {-80.0, -61.3, -10.0, 0.0, 4.45, 45.0, 79.9}) {
    for (const double longitude : {-180.0, -179.99, -90.0, 0.0, 28.35, 179.7, 180.0}) {
      for (const double radius : {0.0, 3'000.0, 55'000.0, 400'000.0}) {
        SCOPED_TRACE(StrCat(latitude, " ", longitude, " ", radius));
        const std::vector<Disc> discs = {{{latitude, longitude}, radius},
                                         {Away({latitude, longitude}, 150'000, 1), radius / 3},
                                         {Away({latitude, longitude}, 90'000, 4), radius / 2}};
        const std::vector<MapRing> outline = OutlineOf(discs);
        ExpectWellFormed(outline);
        for (const Disc& disc : discs) {
          for (int i = 0; i < 100; ++i) {
            const Point rim = Away(disc.centre, disc.radius_m, i * 2 * std::numbers::pi / 100);
            EXPECT_TRUE(Inside(outline, rim)) << rim.latitude << " " << rim.longitude;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tocsin
