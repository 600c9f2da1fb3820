// The shipped areas and corridors: towns known from the reports, and a brute-force twin (ray
// casting in degrees, distance to a segment from vectors) on random points away from every edge.
#include <cmath>
#include <fstream>
#include <numbers>
#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/geo/geojson.h"
#include "lib/geo/place_index.h"

namespace tocsin {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class ShippedAreas : public testing::Test {
 protected:
  ShippedAreas()
      : areas_(ReadFile("rules/areas.geojson")), corridors_(ReadFile("rules/corridors.geojson")) {
    auto index = MakeS2PlaceIndex(areas_, corridors_);
    EXPECT_TRUE(index.ok()) << index.status();
    if (index.ok()) index_ = *std::move(index);
  }

  const std::string areas_, corridors_;
  const Time march_2009_ = Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 4));
  std::unique_ptr<const PlaceIndex> index_;
};

TEST_F(ShippedAreas, KnownTownsLieInTheirMissionsArea) {
  const std::vector<std::pair<Point, const char*>> towns = {
      {{.latitude = 13.83, .longitude = 20.83}, "minurcat"},  // Abéché
      {{.latitude = 12.22, .longitude = 21.41}, "minurcat"},  // Goz Beïda
      {{.latitude = 13.63, .longitude = 25.35}, "unamid"},    // El Fasher
      {{.latitude = 13.45, .longitude = 22.45}, "unamid"},    // El Geneina
      {{.latitude = 10.29, .longitude = 22.79}, "minurcat"},  // Birao, with the Vakaga
      {{.latitude = 4.39, .longitude = 18.56}, "binuca"},     // Bangui
      {{.latitude = 4.85, .longitude = 31.6}, "unmis"},       // Juba
      {{.latitude = 3.66, .longitude = 29.6}, "monusco"},     // near Faradje
  };
  for (const auto& [point, area] : towns) {
    EXPECT_THAT(index_->AreasAt(point, march_2009_), Contains(AreaId(area)))
        << area << ": " << point.latitude << "N " << point.longitude << "E";
  }
  EXPECT_THAT(index_->AreasAt({.latitude = 48.86, .longitude = 2.35}, march_2009_), IsEmpty());
}

TEST_F(ShippedAreas, AMissionThatHasLeftHasNoAreaAnyMore) {
  const Point abeche{.latitude = 13.83, .longitude = 20.83};
  const Time in_2012 = Time(std::chrono::sys_days(std::chrono::year(2012) / 3 / 4));
  EXPECT_THAT(index_->AreasAt(abeche, in_2012), Not(Contains(AreaId("minurcat"))));
}

TEST_F(ShippedAreas, AdreLiesInTheCorridorBetweenChadAndDarfur) {
  EXPECT_THAT(index_->CorridorsAt({.latitude = 13.47, .longitude = 22.2}, march_2009_),
              Contains(CorridorId("chad-darfur")));
  EXPECT_THAT(index_->CorridorsAt({.latitude = 13.63, .longitude = 25.35}, march_2009_),
              Not(Contains(CorridorId("chad-darfur"))));
}

using Vector = std::array<double, 3>;
Vector VectorOf(const Point& point) {
  const double lat = point.latitude * std::numbers::pi / 180;
  const double lon = point.longitude * std::numbers::pi / 180;
  return {std::cos(lat) * std::cos(lon), std::cos(lat) * std::sin(lon), std::sin(lat)};
}
double Dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector Cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double AngleBetween(const Vector& a, const Vector& b) {
  const Vector cross = Cross(a, b);
  return std::atan2(std::sqrt(Dot(cross, cross)), Dot(a, b));
}

// Metres from p to the great-circle segment ab, none of whose ends is far from the other.
double DistanceToSegment(const Point& p, const Point& a, const Point& b) {
  const Vector x = VectorOf(p), u = VectorOf(a), v = VectorOf(b);
  const Vector normal = Cross(u, v);
  const double length = std::sqrt(Dot(normal, normal));
  double angle = std::min(AngleBetween(x, u), AngleBetween(x, v));
  if (length > 0 && Dot(Cross(normal, u), x) > 0 && Dot(Cross(v, normal), x) > 0) {
    angle = std::fabs(std::asin(Dot(normal, x) / length));
  }
  return angle * 6371008.8;
}

bool Holds(const Interval& valid, Time t) { return valid.from <= t && t <= valid.to; }

TEST_F(ShippedAreas, AgreesWithBruteForceAwayFromEdges) {
  const auto areas = ParseAreas(areas_);
  const auto corridors = ParseCorridors(corridors_);
  ASSERT_TRUE(areas.ok() && corridors.ok());
  std::mt19937 random(20090304);
  std::uniform_real_distribution<double> latitudes(-6, 24), longitudes(12, 40);
  int compared = 0, inside = 0, near = 0;
  for (int i = 0; i < 600; ++i) {
    const Point p{.latitude = latitudes(random), .longitude = longitudes(random)};
    std::set<AreaId> expected_areas, doubtful_areas;
    for (const AreaFeature& area : *areas) {
      if (!Holds(area.valid, march_2009_)) continue;
      for (const auto& polygon : area.polygons) {
        bool in = false;
        for (const Positions& ring : polygon) {
          for (size_t j = 0; j < ring.size(); ++j) {
            const Point& a = ring[j];
            const Point& b = ring[(j + 1) % ring.size()];
            // Near an edge a straight line in degrees is no geodesic.
            if (DistanceToSegment(p, a, b) < 3'000) doubtful_areas.insert(area.id);
            if ((a.latitude > p.latitude) != (b.latitude > p.latitude) &&
                p.longitude < (b.longitude - a.longitude) * (p.latitude - a.latitude) /
                                      (b.latitude - a.latitude) +
                                  a.longitude) {
              in = !in;
            }
          }
        }
        if (in) expected_areas.insert(area.id);
      }
    }
    const std::vector<AreaId> found = index_->AreasAt(p, march_2009_);
    if (doubtful_areas.empty()) {
      ++compared;
      inside += expected_areas.empty() ? 0 : 1;
      EXPECT_EQ(std::set<AreaId>(found.begin(), found.end()), expected_areas)
          << p.latitude << ", " << p.longitude;
    }
    for (const CorridorFeature& corridor : *corridors) {
      if (!Holds(corridor.valid, march_2009_)) continue;
      double distance = 1e9;
      for (const Positions& line : corridor.lines) {
        for (size_t j = 1; j < line.size(); ++j) {
          distance = std::min(distance, DistanceToSegment(p, line[j - 1], line[j]));
        }
      }
      if (std::fabs(distance - static_cast<double>(corridor.width_m)) < 1) continue;
      const bool expected = distance < static_cast<double>(corridor.width_m);
      near += expected ? 1 : 0;
      const std::vector<CorridorId> in = index_->CorridorsAt(p, march_2009_);
      EXPECT_EQ(std::find(in.begin(), in.end(), corridor.id) != in.end(), expected)
          << corridor.what << " at " << p.latitude << ", " << p.longitude << ": " << distance;
    }
  }
  EXPECT_GT(compared, 400);
  EXPECT_GT(inside, 150);
  EXPECT_GT(near, 30);
}

}  // namespace
}  // namespace tocsin
