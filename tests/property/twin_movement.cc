// The plane through the last sighting from vectors of the sphere, the course from the normal
// equations, and every edge tried for every course.
#include <algorithm>
#include <array>
#include <cmath>

#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

using Vector = std::array<long double, 3>;
using Flat = std::array<int64_t, 2>;  // metres to the east and to the north

const long double kDegree = std::acos(-1.0L) / 180;

long double Dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Flat Flatten(const Point& middle, const Point& p) {
  const auto vector = [](long double lat, long double lon) {
    return Vector{std::cos(lat) * std::cos(lon), std::cos(lat) * std::sin(lon), std::sin(lat)};
  };
  const long double lat = middle.latitude * kDegree, lon = middle.longitude * kDegree;
  const Vector to = vector(p.latitude * kDegree, p.longitude * kDegree);
  const long double east = Dot(to, {-std::sin(lon), std::cos(lon), 0});
  const long double north = Dot(to, vector(lat + 90 * kDegree, lon));
  const long double out = Dot(to, vector(lat, lon));
  const long double bearing = std::atan2(east, north);
  const long double angle = std::atan2(std::sqrt(east * east + north * north), out);
  return {std::llround(6371008.8L * angle * std::sin(bearing)),
          std::llround(6371008.8L * angle * std::cos(bearing))};
}

// The areas of the test pack, first and last day since 2009-01-01, and rings of (longitude,
// latitude).
struct Place {
  std::string area;
  int64_t from, to;
  std::vector<std::vector<std::array<double, 2>>> rings;
};
const std::vector<Place>& Places() {
  static const std::vector<Place> places = {
      {"north", -366, 33'000, {{{-1, 1}, {1, 1.2}, {0.2, 1.5}, {1, 2}, {-1, 2}}}},
      {"south",
       -366,
       33'000,
       {{{-1, -2}, {1, -2}, {1, -1}, {-1, -1}},
        {{0, -1.8}, {0, -1.2}, {0.5, -1.5}},
        {{1.2, -1}, {1.4, -1}, {1.3, -0.8}}}},
      {"east", -366, -1, {{{1, -1}, {2, -1}, {2, 1}, {1, 1}}}},
      {"east", 0, 33'000, {{{0.8, -0.5}, {2, -1}, {2, 1}}}},
  };
  return places;
}

// Metres from the middle along a course of whole degrees to each edge that it meets.
std::vector<int64_t> Meetings(const std::vector<Flat>& ring, int64_t degrees) {
  const int64_t x = std::llround(1e6L * std::sin(static_cast<long double>(degrees) * kDegree));
  const int64_t y = std::llround(1e6L * std::cos(static_cast<long double>(degrees) * kDegree));
  std::vector<int64_t> meetings;
  for (size_t i = 0; i < ring.size(); ++i) {
    const Flat a = ring[i], b = ring[i + 1 == ring.size() ? 0 : i + 1];
    // To which side of the course its ends lie, and by how much.
    const int64_t left = x * a[1] - y * a[0], right = x * b[1] - y * b[0];
    if (left == right || (left > 0 && right > 0) || (left < 0 && right < 0)) continue;
    const long double share =
        static_cast<long double>(left) / (static_cast<long double>(left) - right);
    const long double at_x = a[0] + share * (b[0] - a[0]), at_y = a[1] + share * (b[1] - a[1]);
    const long double steps = (at_x * x + at_y * y) / (static_cast<long double>(x) * x + y * y);
    if (steps >= 0) meetings.push_back(std::llround(1e6L * steps));
  }
  return meetings;
}

struct Line {
  int64_t speed = 0, speed_error = 0, heading = 0, heading_error = 0;
};

// The line through what counts of a track; its last one is the middle.
Line Fitted(const std::vector<Item>& seen) {
  const KeyedEvent& last = *seen.back().event;
  long double s = 0, st = 0, stt = 0, sx = 0, sy = 0, stx = 0, sty = 0;
  for (const Item& item : seen) {
    const KeyedEvent& e = *item.event;
    const long double hours = (TimeOfEvent(e) - TimeOfEvent(last)) / 3.6e9L;
    const long double sigma = std::max(500.0, e.uncertainty_m);
    const long double w = 1 / sigma / sigma;
    const Flat at = Flatten(*last.point, *e.point);
    s += w;
    st += w * hours;
    stt += w * hours * hours;
    sx += w * at[0];
    sy += w * at[1];
    stx += w * hours * at[0];
    sty += w * hours * at[1];
  }
  const long double determinant = s * stt - st * st;
  const long double x = (s * stx - st * sx) / determinant;
  const long double y = (s * sty - st * sy) / determinant;
  const long double error = std::sqrt(s / determinant), speed = std::sqrt(x * x + y * y);
  int64_t heading = std::llround(std::atan2(x, y) / kDegree);
  if (heading < 0) heading += 360;
  return {std::llround(speed), std::llround(error), heading,
          static_cast<int64_t>(std::ceil(error / speed / kDegree))};
}

void AddIfAhead(const TwinRule& rule, const std::vector<Item>& seen, std::vector<Found>& found) {
  std::set<int64_t> times;
  for (const Item& item : seen) times.insert(TimeOfEvent(*item.event));
  if (static_cast<int64_t>(seen.size()) < rule.least_sightings || times.size() < 2) return;
  const Line line = Fitted(seen);
  if (line.speed <= 2 * line.speed_error) return;
  const KeyedEvent& last = *seen.back().event;
  const int64_t since = TimeOfEvent(last) - 1'230'768'000'000'000;
  const int64_t day = since < 0 ? -1 : 0;
  Found one;
  one.measure =
      absl::StrCat("speed_m_per_h=", line.speed, ";speed_error_m_per_h=", line.speed_error,
                   ";heading_deg=", line.heading, ";heading_error_deg=", line.heading_error);
  const int64_t turn = std::min<int64_t>(30, 2 * line.heading_error);
  for (const std::string area : {"east", "north", "south"}) {
    const Names in = ValuesOf(last, "area");
    if (Has(in, area)) continue;
    std::vector<int64_t> ways;
    for (int64_t course = line.heading - turn; course <= line.heading + turn; ++course) {
      int64_t first = INT64_MAX;
      for (const Place& place : Places()) {
        if (place.area != area || day < place.from || day > place.to) continue;
        for (const auto& ring : place.rings) {
          std::vector<Flat> flat;
          for (const auto& [lon, lat] : ring) flat.push_back(Flatten(*last.point, {lat, lon}));
          for (const int64_t metres : Meetings(flat, course)) first = std::min(first, metres);
        }
      }
      if (first != INT64_MAX && first * 60 <= line.speed * rule.ahead_minutes)
        ways.push_back(first);
    }
    if (ways.empty()) continue;
    const auto [least, most] = std::minmax_element(ways.begin(), ways.end());
    const int64_t fast = line.speed + 2 * line.speed_error;
    const int64_t slow = line.speed - 2 * line.speed_error;
    int64_t minutes = *most * 60 / slow;
    if (minutes * slow < *most * 60) ++minutes;
    one.ahead.push_back(area);
    absl::StrAppend(&one.measure, ";eta_first_s:", area, "=", *least * 60 / fast * 60,
                    ";eta_last_s:", area, "=", std::min(minutes, rule.ahead_minutes) * 60);
  }
  if (one.ahead.empty()) return;
  one.evidence = seen;
  one.severity = "severe";
  one.onset = TimeOfEvent(last);
  found.push_back(one);
}

}  // namespace

std::vector<Found> Movements(const Whole& whole) {
  const int64_t within = whole.rule.minutes * 60'000'000;
  std::vector<Item> all = whole.items;
  std::sort(all.begin(), all.end(), [](const Item& a, const Item& b) {
    return std::pair(TimeOfEvent(*a.event), a.event->identity) <
           std::pair(TimeOfEvent(*b.event), b.event->identity);
  });
  std::vector<std::vector<Item>> tracks;
  for (const Item& item : all) {
    if (tracks.empty() ||
        TimeOfEvent(*item.event) - TimeOfEvent(*tracks.back().back().event) > within) {
      tracks.emplace_back();
    }
    tracks.back().push_back(item);
  }
  std::vector<Found> found;
  for (const std::vector<Item>& track : tracks) {
    const int64_t end = TimeOfEvent(*track.back().event);
    // The latest time that is far enough back, or the whole track.
    int64_t from = INT64_MIN;
    for (const Item& item : track) {
      if (TimeOfEvent(*item.event) <= end - within) from = TimeOfEvent(*item.event);
    }
    std::vector<Item> seen;
    for (const Item& item : track) {
      if (TimeOfEvent(*item.event) >= from) seen.push_back(item);
    }
    AddIfAhead(whole.rule, seen, found);
  }
  return found;
}

}  // namespace tocsin::property
