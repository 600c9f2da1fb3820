// How a group moves, from where it was seen, and how far it is along a course to a boundary. A
// plane through one point stands for the sphere: docs/decisions/0011-a-course-with-its-error.md.
//
// What is compared is whole metres, metres per hour and degrees, so that no decision hangs on the
// last bits of a sine.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/domain/types.h"

namespace tocsin {

// Metres from the centre of the plane.
struct PlanePoint {
  int64_t east = 0, north = 0;
  friend auto operator<=>(const PlanePoint&, const PlanePoint&) = default;
};

// Azimuthal equidistant projection: distances and bearings from the centre are those on the sphere
// of domain/geodesy.h.
PlanePoint OnPlane(const Point& centre, const Point& point);

struct Fix {
  double seconds = 0;  // since any moment
  PlanePoint at;
  double sigma_m = 0;  // more than 0; of each coordinate
};

struct Course {
  int64_t speed_m_per_h = 0, speed_error_m_per_h = 0;
  int64_t heading_deg = 0;        // 0 to 359, from north by east
  int64_t heading_error_deg = 0;  // rounded up
  bool Moves() const { return speed_m_per_h > 2 * speed_error_m_per_h; }
  friend auto operator<=>(const Course&, const Course&) = default;
};

// Straight on at even speed, by least squares with weights 1/sigma^2; the errors are standard
// errors, from the sigmas. Absent if all fixes are of one time.
std::optional<Course> FitCourse(const std::vector<Fix>& fixes);

using Ring = std::vector<PlanePoint>;  // closed by an edge from its last point to its first

// From the centre on, along a course of whole degrees, to the first edge; edges are straight lines
// with both their ends. Absent if it meets none. Points may be as far as the sphere is wide.
std::optional<int64_t> MetresToEdge(const std::vector<Ring>& rings, int64_t heading_deg);

}  // namespace tocsin
