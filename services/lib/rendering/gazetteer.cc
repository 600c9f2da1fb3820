#include "lib/rendering/gazetteer.h"

#include <array>
#include <cmath>
#include <numbers>

#include "lib/domain/geodesy.h"

namespace tocsin {

std::optional<Gazetteer::Near> Gazetteer::Nearest(const Point& point) const {
  const NamedPlace* best = nullptr;
  int64_t metres = 0;
  for (const NamedPlace& place : places_) {
    const int64_t distance = DistanceMetres(place.point, point);
    if (best == nullptr || distance < metres || (distance == metres && place.name < best->name)) {
      best = &place;
      metres = distance;
    }
  }
  if (best == nullptr) {
    return std::nullopt;
  }
  return Near{best->name, metres, DirectionFrom(best->point, point)};
}

std::string CompassPoint(double degrees) {
  static constexpr std::array<const char*, 8> kWords = {
      "north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"};
  const auto eighth = static_cast<int>(std::lround(degrees / 45));
  return kWords[static_cast<size_t>((eighth + 8) % 8)];
}

std::string DirectionFrom(const Point& from, const Point& to) {
  constexpr double kRadians = std::numbers::pi / 180;
  const double a = from.latitude * kRadians;
  const double b = to.latitude * kRadians;
  const double turn = (to.longitude - from.longitude) * kRadians;
  return CompassPoint(
      std::atan2(std::sin(turn) * std::cos(b),
                 std::cos(a) * std::sin(b) - std::sin(a) * std::cos(b) * std::cos(turn)) /
      kRadians);
}

}  // namespace tocsin
