#include <cmath>

#include "cells_world.h"

namespace tocsin::property {
namespace {

// The antimeridian, both poles, a corner of three faces of the cube, an edge of two, the middle of
// a face, and the registers' areas with their corridors.
const std::vector<Point>& Spots() {
  static const std::vector<Point> spots = {{0.3, 180},       {-17, -180},        {90, 0},  {-90, 0},
                                           {35.2643897, 45}, {-35.2643897, 135}, {10, 45}, {0, 0},
                                           {0.2, 0.4},       {48, 11.5}};
  return spots;
}

// So far from it at most, in any direction.
Point Around(const Point& spot, double metres, Random& random) {
  const double degrees = metres / 111'195;
  const double angle = static_cast<double>(random.Below(360)) * M_PI / 180;
  const double away = degrees * static_cast<double>(random.Below(1001)) / 1000;
  Point point;
  point.latitude = spot.latitude + away * std::cos(angle);
  double longitude = spot.longitude;
  if (std::fabs(spot.latitude) == 90) {
    point.latitude = spot.latitude > 0 ? 90 - away : away - 90;
    longitude = angle * 180 / M_PI;
  } else {
    longitude += away * std::sin(angle) / std::cos(spot.latitude * M_PI / 180);
  }
  while (longitude > 180) longitude -= 360;
  while (longitude < -180) longitude += 360;
  point.longitude = longitude;
  return point;
}

}  // namespace

TwinRule RandomCellRule(Random& random) {
  TwinRule rule = RandomRule(Kind::kNear, random);
  rule.cells = true;
  static const std::vector<std::vector<std::string>> kScopes = {
      {}, {}, {}, {"mission"}, {"actor"}, {"feed"}, {"corridor"}, {"mission", "actor"}};
  rule.group_by = random.Of(kScopes);
  std::erase(rule.address, "other_side");
  rule.radius_km = random.Of(std::vector<int64_t>{1, 7, 40, 60, 100, 250, 500});
  return rule;
}

std::vector<Op> RandomCellHistory(const TwinRule& rule, Random& random) {
  std::vector<Op> ops = RandomHistory(Kind::kNear, random);
  std::vector<Point> spots = {random.Of(Spots())};
  if (random.OneIn(2)) spots.push_back(random.Of(Spots()));
  const auto metres = static_cast<double>(rule.radius_km * random.Between(300, 1600));
  for (Op& op : ops) {
    if (!op.event.point) continue;
    op.event.point = Around(random.Of(spots), metres, random);
  }
  return ops;
}

}  // namespace tocsin::property
