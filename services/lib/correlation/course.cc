#include "lib/correlation/course.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tocsin {
namespace {

constexpr double kRadiusMetres = 6371008.8;
constexpr double kRadians = std::numbers::pi / 180;
constexpr double kSecondsOfHour = 3600;

// Directions are whole numbers of this length: which edges a course meets is then exact.
constexpr double kUnit = 1'000'000;

int64_t Cross(const PlanePoint& a, const PlanePoint& b) {
  return a.east * b.north - a.north * b.east;
}

}  // namespace

PlanePoint OnPlane(const Point& centre, const Point& point) {
  const double a = centre.latitude * kRadians;
  const double b = point.latitude * kRadians;
  const double turn = (point.longitude - centre.longitude) * kRadians;
  const double east = std::cos(b) * std::sin(turn);
  const double north = std::cos(a) * std::sin(b) - std::sin(a) * std::cos(b) * std::cos(turn);
  const double towards = std::sin(a) * std::sin(b) + std::cos(a) * std::cos(b) * std::cos(turn);
  const double sine = std::hypot(east, north);
  if (sine == 0) return {};
  const double metres = kRadiusMetres * std::atan2(sine, towards);
  return {std::llround(metres * east / sine), std::llround(metres * north / sine)};
}

std::optional<Course> FitCourse(const std::vector<Fix>& fixes) {
  double weights = 0, when = 0;
  for (const Fix& fix : fixes) {
    const double weight = 1 / (fix.sigma_m * fix.sigma_m);
    weights += weight;
    when += weight * fix.seconds;
  }
  when /= weights;
  // Of the velocity's components; 1/spread is the variance of each, and they do not covary.
  double spread = 0, east = 0, north = 0;
  for (const Fix& fix : fixes) {
    const double weight = 1 / (fix.sigma_m * fix.sigma_m);
    const double since = fix.seconds - when;
    spread += weight * since * since;
    east += weight * since * static_cast<double>(fix.at.east);
    north += weight * since * static_cast<double>(fix.at.north);
  }
  const bool one_time = std::all_of(fixes.begin(), fixes.end(), [&](const Fix& fix) {
    return fix.seconds == fixes.front().seconds;
  });
  if (one_time) return std::nullopt;
  east /= spread;
  north /= spread;
  const double speed = std::hypot(east, north);
  const double error = 1 / std::sqrt(spread);
  Course course;
  course.speed_m_per_h = std::llround(speed * kSecondsOfHour);
  course.speed_error_m_per_h = std::llround(error * kSecondsOfHour);
  if (speed == 0) return course;
  course.heading_deg = (std::llround(std::atan2(east, north) / kRadians) + 360) % 360;
  course.heading_error_deg = static_cast<int64_t>(std::ceil(error / speed / kRadians));
  return course;
}

std::optional<int64_t> MetresToEdge(const std::vector<Ring>& rings, int64_t heading_deg) {
  const double heading = static_cast<double>(heading_deg) * kRadians;
  const PlanePoint along{std::llround(kUnit * std::sin(heading)),
                         std::llround(kUnit * std::cos(heading))};
  std::optional<int64_t> nearest;
  for (const Ring& ring : rings) {
    for (size_t i = 0; i < ring.size(); ++i) {
      const PlanePoint& a = ring[i];
      const PlanePoint& b = ring[(i + 1) % ring.size()];
      const PlanePoint edge{b.east - a.east, b.north - a.north};
      // s * along = a + u * edge, with s at least 0 and u from 0 to 1, all times `by`. An edge
      // along the course ends at others.
      int64_t by = Cross(along, edge);
      int64_t s = Cross(a, edge);
      int64_t u = Cross(a, along);
      if (by == 0) continue;
      if (by < 0) {
        by = -by;
        s = -s;
        u = -u;
      }
      if (s < 0 || u < 0 || u > by) continue;
      const int64_t metres =
          std::llround(kUnit * (static_cast<double>(s) / static_cast<double>(by)));
      if (!nearest || metres < *nearest) nearest = metres;
    }
  }
  return nearest;
}

}  // namespace tocsin
