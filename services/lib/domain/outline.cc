#include "lib/domain/outline.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <absl/strings/str_format.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr double kRadians = std::numbers::pi / 180;
constexpr double kMetresOfDegree = 6371008.8 * kRadians;
constexpr double kLeastMetres = 1000;
constexpr int kCorners = 32;
// The corners lie a little outside the disc, so that the edges between them, rounded, do too.
constexpr double kOutside = 1.02;
constexpr double kNearPole = 89;

// Degrees on the plane of longitude and latitude; x may lie beyond 180.
struct Place {
  double x = 0, y = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// For a map; -0 is 0.
double Rounded(double degrees) { return std::round(degrees * 10'000) / 10'000 + 0.0; }

bool IsPlace(const Disc& disc) {
  return std::abs(disc.centre.latitude) <= 90 && std::abs(disc.centre.longitude) <= 180 &&
         !std::isnan(disc.radius_m);
}

double DegreesOf(const Disc& disc) {
  return std::clamp(disc.radius_m, kLeastMetres, 180 * kMetresOfDegree) * kOutside /
         kMetresOfDegree;
}

// From -180 to 180.
double Turned(double degrees) { return std::remainder(degrees, 360); }

// The longitude of the sum of the points as unit vectors: what others are measured from.
double MiddleLongitude(const std::vector<Disc>& discs) {
  double x = 0, y = 0;
  for (const Disc& disc : discs) {
    const double across = std::cos(disc.centre.latitude * kRadians);
    x += across * std::cos(disc.centre.longitude * kRadians);
    y += across * std::sin(disc.centre.longitude * kRadians);
  }
  return std::atan2(y, x) / kRadians;
}

// The place that lies `away` degrees from the centre in a direction, on the sphere; its x is
// counted from the centre's.
Place RimPlace(const Point& centre, double away, double direction, double centre_x) {
  const double lat = centre.latitude * kRadians, d = away * kRadians;
  const double sine =
      std::sin(lat) * std::cos(d) + std::cos(lat) * std::sin(d) * std::cos(direction);
  const double aside = std::atan2(std::sin(direction) * std::sin(d) * std::cos(lat),
                                  std::cos(d) - std::sin(lat) * sine);
  return {Rounded(centre_x + aside / kRadians),
          Rounded(std::asin(std::clamp(sine, -1.0, 1.0)) / kRadians)};
}

double Cross(const Place& o, const Place& a, const Place& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

// Counter-clockwise, not closed: Andrew's monotone chain.
std::vector<Place> HullOf(std::vector<Place> places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  std::vector<Place> hull;
  const auto add = [&](const Place& place, size_t least) {
    while (hull.size() >= least + 2 && Cross(hull[hull.size() - 2], hull.back(), place) <= 0) {
      hull.pop_back();
    }
    hull.push_back(place);
  };
  for (const Place& place : places) add(place, 0);
  const size_t lower = hull.size() - 1;
  for (auto it = places.rbegin() + 1; it != places.rend(); ++it) add(*it, lower);
  hull.pop_back();
  return hull;
}

// The part of a convex polygon that lies on one side of the meridian x = at.
std::vector<Place> CutAt(const std::vector<Place>& polygon, double at, bool west) {
  std::vector<Place> part;
  const auto inside = [&](const Place& place) { return west ? place.x <= at : place.x >= at; };
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Place& a = polygon[i];
    const Place& b = polygon[(i + 1) % polygon.size()];
    if (inside(a)) part.push_back(a);
    if (inside(a) != inside(b)) part.push_back({at, a.y + (b.y - a.y) * (at - a.x) / (b.x - a.x)});
  }
  return part;
}

// Nothing is left of a part that only touches the meridian.
void AddRing(const std::vector<Place>& polygon, double shift, std::vector<MapRing>& outline) {
  MapRing ring;
  for (const Place& place : polygon) {
    const Point point{Rounded(place.y), Rounded(place.x + shift)};
    if (ring.empty() || ring.back() != point) ring.push_back(point);
  }
  if (ring.size() > 1 && ring.front() == ring.back()) ring.pop_back();
  if (ring.size() < 3) return;
  ring.push_back(ring.front());
  outline.push_back(std::move(ring));
}

}  // namespace

std::vector<MapRing> OutlineOf(const std::vector<Disc>& all) {
  std::vector<Disc> discs;
  std::copy_if(all.begin(), all.end(), std::back_inserter(discs), IsPlace);
  if (discs.empty()) return {};
  const double middle = MiddleLongitude(discs);
  std::vector<Place> places;
  double south = 90, north = -90;
  for (const Disc& disc : discs) {
    const double away = DegreesOf(disc);
    south = std::min(south, std::max(disc.centre.latitude - away, -90.0));
    north = std::max(north, std::min(disc.centre.latitude + away, 90.0));
    const double x = middle + Turned(disc.centre.longitude - middle);
    for (int i = 0; i < kCorners; ++i) {
      places.push_back(RimPlace(disc.centre, away, 2 * std::numbers::pi * i / kCorners, x));
    }
  }
  std::vector<MapRing> outline;
  const auto [west, east] = std::minmax_element(
      places.begin(), places.end(), [](const Place& a, const Place& b) { return a.x < b.x; });
  if (south <= -kNearPole || north >= kNearPole || east->x - west->x >= 360) {
    AddRing({{-180, south}, {180, south}, {180, north}, {-180, north}}, 0, outline);
    return outline;
  }
  const std::vector<Place> hull = HullOf(std::move(places));
  AddRing(CutAt(CutAt(hull, -180, false), 180, true), 0, outline);
  AddRing(CutAt(hull, -180, true), 360, outline);
  AddRing(CutAt(hull, 180, false), -360, outline);
  return outline;
}

std::string GeoJsonOf(const std::vector<MapRing>& outline) {
  if (outline.empty()) return "";
  std::string parts;
  for (const MapRing& ring : outline) {
    std::string points;
    for (const Point& point : ring) {
      absl::StrAppendFormat(&points, "%s[%.4f,%.4f]", points.empty() ? "" : ",", point.longitude,
                            point.latitude);
    }
    parts += StrCat(parts.empty() ? "" : ",", "[[", points, "]]");
  }
  return outline.size() == 1 ? StrCat(R"({"type":"Polygon","coordinates":)", parts, "}")
                             : StrCat(R"({"type":"MultiPolygon","coordinates":[)", parts, "]}");
}

std::vector<std::string> CapPolygonsOf(const std::vector<MapRing>& outline) {
  std::vector<std::string> polygons;
  for (const MapRing& ring : outline) {
    std::string& polygon = polygons.emplace_back();
    for (const Point& point : ring) {
      absl::StrAppendFormat(&polygon, "%s%.4f,%.4f", polygon.empty() ? "" : " ", point.latitude,
                            point.longitude);
    }
  }
  return polygons;
}

}  // namespace tocsin
