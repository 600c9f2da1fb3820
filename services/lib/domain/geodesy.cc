#include "lib/domain/geodesy.h"

#include <cmath>
#include <numbers>

namespace tocsin {

int64_t DistanceMetres(const Point& a, const Point& b) {
  constexpr double kRadiusMetres = 6371008.8;
  constexpr double kRadians = std::numbers::pi / 180;
  const double sin_lat = std::sin((b.latitude - a.latitude) * kRadians / 2);
  const double sin_lon = std::sin((b.longitude - a.longitude) * kRadians / 2);
  const double h = sin_lat * sin_lat + std::cos(a.latitude * kRadians) *
                                           std::cos(b.latitude * kRadians) * sin_lon * sin_lon;
  return std::llround(2 * kRadiusMetres * std::asin(std::sqrt(std::fmin(1.0, h))));
}

}  // namespace tocsin
