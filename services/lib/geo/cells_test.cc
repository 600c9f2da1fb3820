// Cells around a point: whatever lies within the radius has one in common, as near over cells needs
// it (docs/decisions/0019). Points are drawn where cells, faces of the cube and coordinates meet.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <s2/s2cell.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>
#include <s2/s2metrics.h>

#include "lib/domain/geodesy.h"
#include "lib/geo/place_index.h"
#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

constexpr int64_t kRadiiM[] = {1, 250, 7'000, 60'000, 100'000, 499'999, 500'000};

Rule OverCells(int64_t radius_m) {
  const auto rule = ParseRule("rule",
                              absl::StrCat(R"(id: r
version: 1
title: {en: T}
why: W
kind: near
group_by: [cell]
selections: {a: {types: [security.attack]}, b: {types: [security.sighting]}}
condition: {within: 1d, radius_km: )",
                                           static_cast<double>(radius_m) / 1000,
                                           R"(, all_of: [a, b], severity: severe}
address: all
urgency: expected
response: assess
label: {classification: unclassified, tlp: amber}
)"),
                              TestPack());
  EXPECT_TRUE(rule.ok()) << rule.status();
  return rule.ok() ? *rule : Rule();
}

class CellsTest : public ::testing::Test {
 protected:
  CellsTest() : index_(*MakeS2PlaceIndex("", "")) {}

  double Unit() { return static_cast<double>(random_() % 1'000'001) / 1'000'000; }

  // At most so many metres from it, on a sphere.
  Point Near(const Point& at, double metres) {
    const double away = metres / 6'371'008.8 * Unit();
    const double course = 2 * M_PI * Unit();
    const double latitude = at.latitude * M_PI / 180;
    const double sine = std::sin(latitude) * std::cos(away) +
                        std::cos(latitude) * std::sin(away) * std::cos(course);
    const double turned = std::atan2(std::sin(course) * std::sin(away) * std::cos(latitude),
                                     std::cos(away) - std::sin(latitude) * sine);
    double longitude = at.longitude + turned * 180 / M_PI;
    if (longitude > 180) longitude -= 360;
    if (longitude < -180) longitude += 360;
    return {std::asin(std::clamp(sine, -1.0, 1.0)) * 180 / M_PI, longitude};
  }

  // A corner of some cell of the level, or a point on an edge.
  Point AtABorder(int32_t level) {
    const double z = 2 * Unit() - 1;
    const S2LatLng anywhere =
        S2LatLng::FromRadians(std::asin(z), 2 * M_PI * Unit() - M_PI).Normalized();
    const S2Cell cell(S2CellId(anywhere).parent(level));
    const S2Point a = cell.GetVertex(static_cast<int>(random_() % 4));
    const S2Point b = cell.GetVertex(static_cast<int>(random_() % 4));
    const double part = random_() % 3 == 0 ? 0 : Unit();
    const S2LatLng at((a * (1 - part) + b * part).Normalize());
    return {at.lat().degrees(), at.lng().degrees()};
  }

  std::unique_ptr<const PlaceIndex> index_;
  std::mt19937 random_{17};
};

TEST_F(CellsTest, NoCellOfARuleIsNarrowerThanItLooks) {
  for (const int64_t radius : kRadiiM) {
    const int32_t level = *OverCells(radius).cell_level;
    const double narrowest = S2::kMinWidth.GetValue(level) * 6'371'008.8;
    EXPECT_GE(narrowest, static_cast<double>(radius + 2)) << radius;
    EXPECT_LT(S2::kMinWidth.GetValue(level + 1) * 6'371'008.8, static_cast<double>(radius + 2))
        << radius << ": a finer level would do";
  }
}

TEST_F(CellsTest, TwoPointsWithinTheRadiusShareTheHomeOfEach) {
  const Point corners[] = {{35.26438968275466, 45},
                           {-35.26438968275466, -45},
                           {35.26438968275466, 135},
                           {-35.26438968275466, -135},
                           {0, 45},
                           {20, -135},
                           {45, 0},
                           {-45, 180},
                           {0, 180},
                           {66.5, -180},
                           {90, 0},
                           {90, 77},
                           {-90, -120},
                           {0, 0}};
  int64_t apart = 0, pairs = 0;
  for (const int64_t radius : kRadiiM) {
    const int32_t level = *OverCells(radius).cell_level;
    const auto cells = [&](const Point& p) { return index_->CellsNear(p, level, radius); };
    for (int i = 0; i < 8'000; ++i) {
      const auto r = static_cast<double>(radius);
      const Point middle = i % 2 == 0 ? AtABorder(level) : corners[random_() % std::size(corners)];
      const Point a = Near(middle, i % 3 == 0 ? 0 : r);
      // Most pairs as far apart as they may be.
      Point b = Near(a, r + 1);
      for (int tries = 0; tries < 20 && (DistanceMetres(a, b) > radius ||
                                         DistanceMetres(a, b) < radius * (i % 4) / 4);
           ++tries) {
        b = Near(a, r + 1);
      }
      if (DistanceMetres(a, b) > radius) continue;
      ++pairs;
      const std::vector<std::string> of_a = cells(a), of_b = cells(b);
      ASSERT_FALSE(of_a.empty());
      EXPECT_EQ(of_a.front(), S2CellId(S2LatLng::FromDegrees(a.latitude, a.longitude).Normalized())
                                  .parent(level)
                                  .ToToken());
      apart += of_a.front() != of_b.front();
      for (const auto& [home, others] : {std::pair(of_a.front(), of_b), {of_b.front(), of_a}}) {
        ASSERT_NE(std::find(others.begin(), others.end(), home), others.end())
            << "radius " << radius << ": " << a.latitude << "," << a.longitude << " and "
            << b.latitude << "," << b.longitude;
      }
    }
  }
  EXPECT_GT(pairs, 40'000);
  EXPECT_GT(apart, pairs / 5) << "few lie in different cells: the test shows little";
}

TEST_F(CellsTest, CellsThatAreTooFarAreLeftOut) {
  const int64_t radius = 60'000;
  const int32_t level = *OverCells(radius).cell_level;
  int64_t cells = 0;
  for (int i = 0; i < 2'000; ++i) {
    const Point at = Near({0, 0}, 20'000'000);
    const std::vector<std::string> some = index_->CellsNear(at, level, radius);
    cells += std::ssize(some);
    EXPECT_LE(some.size(), 9u);
    EXPECT_TRUE(std::is_sorted(some.begin() + 1, some.end()));
    EXPECT_EQ(std::set<std::string>(some.begin(), some.end()).size(), some.size());
  }
  EXPECT_LT(cells, 2'000 * 7);
}

TEST_F(CellsTest, BothNamesOfTheAntimeridianAreOnePlace) {
  EXPECT_EQ(index_->CellsNear({12.5, 180}, 6, 50'000), index_->CellsNear({12.5, -180}, 6, 50'000));
}

}  // namespace
}  // namespace tocsin
