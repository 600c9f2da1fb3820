#include "lib/backtest/lines.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/domain/geodesy.h"
#include "lib/rules/words.h"

namespace tocsin {
namespace {

constexpr double kRadians = std::numbers::pi / 180;

double ToThousandth(double degrees) { return std::round(degrees * 1000) / 1000; }

// The direction of the sum of the points as unit vectors.
Point MiddleOf(const std::vector<Point>& points) {
  double x = 0, y = 0, z = 0;
  for (const Point& point : points) {
    const double latitude = point.latitude * kRadians, longitude = point.longitude * kRadians;
    x += std::cos(latitude) * std::cos(longitude);
    y += std::cos(latitude) * std::sin(longitude);
    z += std::sin(latitude);
  }
  return {ToThousandth(std::atan2(z, std::hypot(x, y)) / kRadians),
          ToThousandth(std::atan2(y, x) / kRadians)};
}

template <class Id>
nlohmann::json Texts(const std::vector<Id>& ids) {
  nlohmann::json texts = nlohmann::json::array();
  for (const Id& id : ids) texts.push_back(id.str());
  return texts;
}

std::vector<ActorId> ActorsOf(const std::vector<Evidence>& evidence) {
  std::set<ActorId> actors;
  for (const Evidence& item : evidence) actors.insert(item.actors.begin(), item.actors.end());
  return {actors.begin(), actors.end()};
}

}  // namespace

std::optional<Circle> CircleAround(const std::vector<Evidence>& evidence, int64_t margin_m) {
  std::vector<Point> points;
  for (const Evidence& item : evidence) {
    if (item.point) points.push_back(*item.point);
  }
  if (points.empty()) return std::nullopt;
  Circle circle;
  circle.centre = MiddleOf(points);
  int64_t metres = 0;
  for (const Evidence& item : evidence) {
    if (!item.point) continue;
    metres = std::max(metres, DistanceMetres(circle.centre, *item.point) +
                                  static_cast<int64_t>(std::ceil(item.uncertainty_m)));
  }
  circle.radius_km = (metres + margin_m + 999) / 1000;
  return circle;
}

std::vector<MapRing> OutlineAround(const std::vector<Evidence>& evidence, int64_t margin_m) {
  std::vector<Disc> discs;
  for (const Evidence& item : evidence) {
    if (!item.point) continue;
    discs.push_back({*item.point, item.uncertainty_m + static_cast<double>(margin_m)});
  }
  return OutlineOf(discs);
}

std::string Rfc3339(Time t) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMicros(ToMicros(t)),
                          absl::UTCTimeZone());
}

std::string ToNdjson(const WarningLine& line) {
  const WarningContent& content = line.content;
  // In the order in which a person reads it.
  nlohmann::ordered_json out;
  out["id"] = line.id.str();
  out["rule"] = line.rule.str();
  out["rule_version"] = content.rule_version;
  out["mission"] = line.mission.str();
  out["issued"] = Rfc3339(line.issued);
  out["valid_from"] = Rfc3339(line.valid_from());
  out["expires"] = content.expires == kNever ? nlohmann::ordered_json()
                                             : nlohmann::ordered_json(Rfc3339(content.expires));
  out["severity"] = WordOf(content.severity);
  out["certainty"] = WordOf(content.certainty);
  out["key"] = nlohmann::json(content.key);
  if (line.area) {
    out["area"]["circle"]["lat"] = line.area->centre.latitude;
    out["area"]["circle"]["lon"] = line.area->centre.longitude;
    out["area"]["circle"]["radius_km"] = line.area->radius_km;
    if (!line.outline.empty()) {
      out["area"]["geometry"] = nlohmann::ordered_json::parse(GeoJsonOf(line.outline));
    }
  } else {
    out["area"] = nullptr;
  }
  out["areas"] = Texts(content.areas);
  out["corridors"] = Texts(content.corridors);
  out["actors"] = Texts(ActorsOf(content.evidence));
  nlohmann::json evidence = nlohmann::json::array();
  for (const Evidence& item : content.evidence) {
    evidence.push_back(StrCat(item.identity.mission.str(), "/", item.identity.id.str()));
  }
  out["evidence"] = std::move(evidence);
  if (!content.absence_state.empty()) out["absence"] = content.absence_state;
  if (!content.exercise_id.empty()) out["exercise"] = content.exercise_id;
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void WarningLines::Add(Time issued, const Warning& warning) {
  const WarningContent& content = warning.content;
  const bool ended = warning.message_type == MessageType::kCancel;
  std::optional<std::optional<Circle>> area;
  std::vector<MapRing> outline;
  for (const MissionId& mission : content.addressees) {
    const Told told(warning.id, mission);
    if (const auto it = line_of_.find(told); it != line_of_.end()) {
      lines_[it->second].until = ended ? issued : content.expires;
      continue;
    }
    if (ended) continue;
    if (content.expires <= issued) {
      expired_.insert(told);
      continue;
    }
    line_of_.emplace(told, lines_.size());
    expired_.erase(told);
    if (!area) {
      int64_t margin = 0;
      if (const auto it = content.key.find("corridor"); it != content.key.end()) {
        margin = std::llround(places_.CorridorWidthMetres(CorridorId(it->second)));
      }
      area = CircleAround(content.evidence, margin);
      outline = OutlineAround(content.evidence, margin);
    }
    lines_.push_back({.issued = issued,
                      .rule = content.rule_id,
                      .id = warning.id,
                      .mission = mission,
                      .revision = warning.revision,
                      .content = content,
                      .until = content.expires,
                      .area = *area,
                      .outline = outline});
  }
}

std::vector<WarningLine> WarningLines::Take() {
  std::sort(lines_.begin(), lines_.end(), [](const WarningLine& a, const WarningLine& b) {
    return std::tie(a.issued, a.rule, a.id, a.mission) <
           std::tie(b.issued, b.rule, b.id, b.mission);
  });
  return std::exchange(lines_, {});
}

}  // namespace tocsin
