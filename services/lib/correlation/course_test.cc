// Courses worked out by hand. A degree of a great circle is 111,195 m.
#include "lib/correlation/course.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(OnPlaneTest, DistanceAndBearingFromTheCentre) {
  EXPECT_EQ(OnPlane({10, 20}, {10, 20}), (PlanePoint{0, 0}));
  EXPECT_EQ(OnPlane({10, 20}, {11, 20}), (PlanePoint{0, 111'195}));
  EXPECT_EQ(OnPlane({0, 20}, {0, 21}), (PlanePoint{111'195, 0}));
  EXPECT_EQ(OnPlane({0, 179.5}, {0, -179.5}), (PlanePoint{111'195, 0}));
  EXPECT_EQ(OnPlane({90, 0}, {89, 0}), (PlanePoint{0, -111'195}));
  // A quarter of the earth, by north: over the pole from 90 degrees east.
  EXPECT_EQ(OnPlane({0, 90}, {90, 0}), (PlanePoint{0, 10'007'557}));
}

// Two fixes an hour and 10 km apart, each sure to 1 km: an error of sqrt(2) km/h, and of
// atan(0.1414) or so in heading.
TEST(FitCourseTest, OfTwoFixesTheErrorComesFromTheirUncertainty) {
  const auto course = FitCourse({{0, {-10'000, 0}, 1000}, {3600, {0, 0}, 1000}});
  ASSERT_TRUE(course.has_value());
  EXPECT_EQ(*course, (Course{10'000, 1414, 90, 9}));
  EXPECT_TRUE(course->Moves());
  EXPECT_FALSE(FitCourse({{0, {-2828, 0}, 1000}, {3600, {0, 0}, 1000}})->Moves())
      << "twice the error is not more than twice";
  EXPECT_TRUE(FitCourse({{0, {-2829, 0}, 1000}, {3600, {0, 0}, 1000}})->Moves());
}

TEST(FitCourseTest, EveryHeading) {
  const auto heading = [](int64_t east, int64_t north) {
    return FitCourse({{0, {0, 0}, 500}, {3600, {east, north}, 500}})->heading_deg;
  };
  EXPECT_EQ(heading(0, 9000), 0);
  EXPECT_EQ(heading(9000, 9000), 45);
  EXPECT_EQ(heading(0, -9000), 180);
  EXPECT_EQ(heading(-9000, 0), 270);
  EXPECT_EQ(heading(-10, 9000), 0) << "not 360";
}

// Sure fixes weigh more: with weights 4, 4 and 1 at hours 0, 1 and 2, the mean time is 2/3 h, the
// spread 4 * 4/9 + 4 * 1/9 + 16/9 = 4 (per square kilometre), and the third fix, 9 km off, moves
// the speed by 1 * 4/3 * 9 / 4 = 3 km/h. The error is sqrt(1/4) km/h.
TEST(FitCourseTest, SureFixesWeighMore) {
  const auto course =
      FitCourse({{0, {0, 0}, 500}, {3600, {10'000, 0}, 500}, {7200, {29'000, 0}, 1000}});
  ASSERT_TRUE(course.has_value());
  EXPECT_EQ(course->speed_m_per_h, 13'000);
  EXPECT_EQ(course->speed_error_m_per_h, 500);
}

TEST(FitCourseTest, AllAtOneTimeIsNoCourse) {
  EXPECT_EQ(FitCourse({{7, {0, 0}, 500}, {7, {9000, 0}, 500}}), std::nullopt);
  EXPECT_EQ(FitCourse({{7, {0, 0}, 500}}), std::nullopt);
}

// 100 m to 200 m east, from 50 m south to 50 m north, with a hole in it.
const std::vector<Ring>& Box() {
  static const std::vector<Ring> box = {{{100, -50}, {200, -50}, {200, 50}, {100, 50}},
                                        {{120, -10}, {180, -10}, {180, 10}, {120, 10}}};
  return box;
}

TEST(MetresToEdgeTest, TheFirstEdgeCounts) {
  EXPECT_EQ(MetresToEdge(Box(), 90), 100);
  EXPECT_EQ(MetresToEdge(Box(), 270), std::nullopt) << "it lies behind";
  EXPECT_EQ(MetresToEdge(Box(), 0), std::nullopt);
  // 100 / cos 26 degrees; at 27 it passes 50.95 m north of the near edge's middle.
  EXPECT_EQ(MetresToEdge(Box(), 64), 111);
  EXPECT_EQ(MetresToEdge(Box(), 63), std::nullopt);
}

TEST(MetresToEdgeTest, ACornerIsMet) {
  const std::vector<Ring> box = {{{50, 50}, {70, 50}, {70, 70}, {50, 70}}};
  EXPECT_EQ(MetresToEdge(box, 45), 71);
  EXPECT_EQ(MetresToEdge(box, 135), std::nullopt);
}

TEST(MetresToEdgeTest, AnEdgeAlongTheCourseIsMetAtItsEnd) {
  EXPECT_EQ(MetresToEdge({{{40, 0}, {80, 0}, {60, 30}}}, 90), 40);
}

TEST(MetresToEdgeTest, FromTheEdgeItIsNoWay) {
  EXPECT_EQ(MetresToEdge({{{0, -50}, {90, -50}, {90, 50}, {0, 50}}}, 90), 0);
}

}  // namespace
}  // namespace tocsin
