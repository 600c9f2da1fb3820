#include "lib/correlation/movement.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr double kLeastSigmaMetres = 500;
constexpr int64_t kMostTurnDegrees = 30;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Those by which the track is judged: back to the time of the first that is a window before the
// last.
Track SightingsThatCount(const Rule& rule, Track track) {
  const Time enough = track.back().time - rule.window;
  const auto is_after = [](Time t, const Member& member) { return t < member.time; };
  auto from = std::upper_bound(track.begin(), track.end(), enough, is_after);
  if (from != track.begin()) {
    const Time first = std::prev(from)->time;
    from = std::lower_bound(track.begin(), from, first,
                            [](const Member& member, Time t) { return member.time < t; });
  }
  return {from, track.end()};
}

std::optional<Course> CourseOf(Track sightings) {
  const Member& last = sightings.back();
  std::vector<Fix> fixes;
  fixes.reserve(sightings.size());
  for (const Member& sighting : sightings) {
    fixes.push_back({static_cast<double>((sighting.time - last.time).count()) / 1e6,
                     OnPlane(*last.event.point, *sighting.event.point),
                     std::max(kLeastSigmaMetres, sighting.event.uncertainty_m)});
  }
  return FitCourse(fixes);
}

std::map<AreaId, Ways> AreasAhead(const Pack& pack, const Rule& rule, const Member& last,
                                  const Course& course) {
  const auto day = std::chrono::floor<std::chrono::days>(last.time);
  const std::vector<AreaId>& here = last.event.areas;
  std::map<AreaId, std::vector<Ring>> boundaries;
  for (const AreaShape& shape : pack.area_shapes) {
    if (day < shape.from || shape.to < day ||
        std::find(here.begin(), here.end(), shape.id) != here.end()) {
      continue;
    }
    std::vector<Ring>& rings = boundaries[shape.id];
    for (const std::vector<Point>& points : shape.rings) {
      Ring& ring = rings.emplace_back();
      ring.reserve(points.size());
      for (const Point& point : points) ring.push_back(OnPlane(*last.event.point, point));
    }
  }
  const int64_t ahead_s =
      std::chrono::duration_cast<std::chrono::seconds>(rule.movement.ahead).count();
  const int64_t turn = std::min(2 * course.heading_error_deg, kMostTurnDegrees);
  std::map<AreaId, Ways> ahead;
  for (const auto& [area, rings] : boundaries) {
    for (int64_t heading = course.heading_deg - turn; heading <= course.heading_deg + turn;
         ++heading) {
      const std::optional<int64_t> way = MetresToEdge(rings, heading);
      if (!way || CeilDiv(*way * 3600, course.speed_m_per_h) > ahead_s) continue;
      const auto [it, fresh] = ahead.try_emplace(area, Ways{*way, *way});
      it->second.shortest_m = std::min(it->second.shortest_m, *way);
      it->second.longest_m = std::max(it->second.longest_m, *way);
    }
  }
  return ahead;
}

std::vector<Measure> MeasuresOf(const Rule& rule, const Course& course,
                                const std::map<AreaId, Ways>& ahead) {
  std::vector<Measure> measures = {{"speed_m_per_h", course.speed_m_per_h, 0},
                                   {"speed_error_m_per_h", course.speed_error_m_per_h, 0},
                                   {"heading_deg", course.heading_deg, 0},
                                   {"heading_error_deg", course.heading_error_deg, 0}};
  const int64_t ahead_s =
      std::chrono::duration_cast<std::chrono::seconds>(rule.movement.ahead).count();
  const int64_t fastest = course.speed_m_per_h + 2 * course.speed_error_m_per_h;
  const int64_t slowest = course.speed_m_per_h - 2 * course.speed_error_m_per_h;
  for (const auto& [area, ways] : ahead) {
    const int64_t first = ways.shortest_m * 60 / fastest * 60;
    const int64_t last = std::min(ahead_s, CeilDiv(ways.longest_m * 60, slowest) * 60);
    measures.push_back({StrCat("eta_first_s:", area.str()), first, 0});
    measures.push_back({StrCat("eta_last_s:", area.str()), last, 0});
  }
  return measures;
}

std::optional<Episode> EpisodeOf(const Run& run, Track track) {
  const JudgedTrack judged = Judge(run.pack.pack, run.rule, track);
  if (judged.ahead.empty()) return std::nullopt;
  Episode episode;
  episode.members.assign(judged.sightings.begin(), judged.sightings.end());
  episode.beside.assign(track.begin(), judged.sightings.begin());
  episode.onset = judged.sightings.back().time;
  episode.severity = run.rule.severity;
  episode.measures = MeasuresOf(run.rule, *judged.course, judged.ahead);
  for (const auto& [area, ways] : judged.ahead) episode.ahead.push_back(area);
  return episode;
}

}  // namespace

JudgedTrack Judge(const Pack& pack, const Rule& rule, Track track) {
  JudgedTrack judged;
  judged.sightings = SightingsThatCount(rule, track);
  if (static_cast<int64_t>(judged.sightings.size()) < rule.movement.least_sightings) return judged;
  judged.course = CourseOf(judged.sightings);
  if (judged.course && judged.course->Moves()) {
    judged.ahead = AreasAhead(pack, rule, judged.sightings.back(), *judged.course);
  }
  return judged;
}

size_t EndOfTrack(const Rule& rule, Track members, size_t from) {
  size_t to = from + 1;
  while (to < members.size() && members[to].time - members[to - 1].time <= rule.window) ++to;
  return to;
}

Found FindMovements(const Run& run) {
  Found found;
  const Track all(run.members);
  for (size_t from = 0; from < all.size();) {
    const size_t to = EndOfTrack(run.rule, all, from);
    if (std::optional<Episode> episode = EpisodeOf(run, all.subspan(from, to - from))) {
      found.episodes.push_back(*std::move(episode));
    }
    from = to;
  }
  return found;
}

}  // namespace tocsin
