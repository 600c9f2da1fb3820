#include "lib/geo/geojson.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

using nlohmann::json;

absl::Status Bad(const std::string& what, const std::string& why) {
  return absl::InvalidArgumentError(StrCat(what, ": ", why));
}

// "YYYY-MM-DD" of a real day; nothing otherwise.
std::optional<std::chrono::sys_days> ParseDate(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int number[3] = {0, 0, 0};
  for (size_t i = 0, part = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
    } else if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    } else {
      number[part] = number[part] * 10 + (text[i] - '0');
    }
  }
  const std::chrono::year_month_day date{std::chrono::year(number[0]),
                                         std::chrono::month(static_cast<unsigned>(number[1])),
                                         std::chrono::day(static_cast<unsigned>(number[2]))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

absl::StatusOr<std::optional<std::chrono::sys_days>> DateOf(const std::string& what,
                                                            const json& properties,
                                                            const char* name) {
  const auto it = properties.find(name);
  if (it == properties.end() || it->is_null()) return std::nullopt;
  const std::optional<std::chrono::sys_days> date =
      it->is_string() ? ParseDate(it->get_ref<const std::string&>()) : std::nullopt;
  if (!date) {
    return Bad(what, StrCat("property '", name, "' must be a date as YYYY-MM-DD, not ",
                            it->dump(-1, ' ', false, json::error_handler_t::replace)));
  }
  return date;
}

// Both dates inclusive; an absent one leaves that side open.
absl::StatusOr<Interval> ValidityOf(const std::string& what, const json& properties) {
  TOCSIN_ASSIGN_OR_RETURN(const auto from, DateOf(what, properties, "from"));
  TOCSIN_ASSIGN_OR_RETURN(const auto to, DateOf(what, properties, "to"));
  const Interval valid{from ? Time(*from) : Time::min(),
                       to ? Time(*to + std::chrono::days(1)) - Duration(1) : kNever};
  if (valid.from > valid.to) return Bad(what, "property 'from' is after property 'to'");
  return valid;
}

absl::StatusOr<Point> PointOf(const std::string& what, const json& position) {
  if (!position.is_array() || position.size() < 2 || !position[0].is_number() ||
      !position[1].is_number()) {
    return Bad(what, "a position must be [longitude, latitude]");
  }
  const Point point{.latitude = position[1].get<double>(), .longitude = position[0].get<double>()};
  if (!std::isfinite(point.latitude) || std::fabs(point.latitude) > 90 ||
      !std::isfinite(point.longitude) || std::fabs(point.longitude) > 180) {
    return Bad(what, StrCat("position [", point.longitude, ", ", point.latitude,
                            "] is not on the globe: longitude -180..180 comes first, then "
                            "latitude -90..90"));
  }
  return point;
}

absl::StatusOr<Positions> PositionsOf(const std::string& what, const json& coordinates,
                                      size_t least) {
  if (!coordinates.is_array() || coordinates.size() < least) {
    return Bad(what, StrCat("a list of at least ", least, " positions is needed"));
  }
  Positions positions;
  positions.reserve(coordinates.size());
  for (const json& position : coordinates) {
    TOCSIN_ASSIGN_OR_RETURN(const Point point, PointOf(what, position));
    positions.push_back(point);
  }
  return positions;
}

absl::StatusOr<std::vector<Positions>> PolygonOf(const std::string& what, const json& rings) {
  if (!rings.is_array() || rings.empty()) return Bad(what, "a polygon needs at least one ring");
  std::vector<Positions> polygon;
  for (const json& ring : rings) {
    TOCSIN_ASSIGN_OR_RETURN(Positions positions, PositionsOf(what, ring, 4));
    if (positions.front() != positions.back()) {
      return Bad(what, "a ring must end at the position where it began");
    }
    positions.pop_back();
    polygon.push_back(std::move(positions));
  }
  return polygon;
}

// The parts of a simple or a multiple geometry, as its coordinates.
absl::StatusOr<std::vector<const json*>> PartsOf(const std::string& what, const json& geometry,
                                                 const std::string& simple) {
  const auto type = geometry.find("type");
  const auto coordinates = geometry.find("coordinates");
  if (coordinates != geometry.end() && type != geometry.end()) {
    if (*type == simple) return std::vector<const json*>{&*coordinates};
    if (*type == "Multi" + simple && coordinates->is_array() && !coordinates->empty()) {
      std::vector<const json*> parts;
      for (const json& part : *coordinates) parts.push_back(&part);
      return parts;
    }
  }
  return Bad(what, StrCat("geometry must be a ", simple, " or Multi", simple, " with coordinates"));
}

struct RawFeature {
  std::string what;
  std::string id;
  Interval valid;
  const json* properties = nullptr;
  const json* geometry = nullptr;
};

absl::StatusOr<json> ParseJson(const std::string& name, const std::string& text) {
  if (text.empty()) return json{{"type", "FeatureCollection"}, {"features", json::array()}};
  json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return Bad(name, "is not JSON");
  return document;
}

absl::StatusOr<std::vector<RawFeature>> FeaturesOf(const std::string& name, const json& document) {
  const auto features = document.find("features");
  if (!document.is_object() || document.value("type", json()) != "FeatureCollection" ||
      features == document.end() || !features->is_array()) {
    return Bad(name, "must be a GeoJSON FeatureCollection");
  }
  std::vector<RawFeature> result;
  for (size_t i = 0; i < features->size(); ++i) {
    const json& feature = (*features)[i];
    RawFeature raw;
    raw.what = StrCat(name, ": feature ", i + 1);
    const auto properties = feature.find("properties");
    const auto geometry = feature.find("geometry");
    if (!feature.is_object() || properties == feature.end() || !properties->is_object() ||
        geometry == feature.end() || !geometry->is_object()) {
      return Bad(raw.what, "must be an object with properties and geometry");
    }
    const auto id = properties->find("id");
    if (id == properties->end() || !id->is_string() || id->get_ref<const std::string&>().empty()) {
      return Bad(raw.what, "property 'id' must be a text that is not empty");
    }
    raw.id = id->get<std::string>();
    raw.what += StrCat(" (\"", raw.id, "\")");
    TOCSIN_ASSIGN_OR_RETURN(raw.valid, ValidityOf(raw.what, *properties));
    raw.properties = &*properties;
    raw.geometry = &*geometry;
    result.push_back(std::move(raw));
  }
  return result;
}

}  // namespace

absl::StatusOr<std::vector<AreaFeature>> ParseAreas(const std::string& geojson) {
  TOCSIN_ASSIGN_OR_RETURN(const json document, ParseJson("areas", geojson));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<RawFeature> raws, FeaturesOf("areas", document));
  std::vector<AreaFeature> areas;
  for (const RawFeature& raw : raws) {
    AreaFeature area{.what = raw.what, .id = AreaId(raw.id), .valid = raw.valid, .polygons = {}};
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<const json*> parts,
                            PartsOf(raw.what, *raw.geometry, "Polygon"));
    for (const json* part : parts) {
      TOCSIN_ASSIGN_OR_RETURN(std::vector<Positions> polygon, PolygonOf(raw.what, *part));
      area.polygons.push_back(std::move(polygon));
    }
    areas.push_back(std::move(area));
  }
  return areas;
}

absl::StatusOr<std::vector<CorridorFeature>> ParseCorridors(const std::string& geojson) {
  TOCSIN_ASSIGN_OR_RETURN(const json document, ParseJson("corridors", geojson));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<RawFeature> raws, FeaturesOf("corridors", document));
  std::vector<CorridorFeature> corridors;
  for (const RawFeature& raw : raws) {
    CorridorFeature corridor{
        .what = raw.what, .id = CorridorId(raw.id), .valid = raw.valid, .width_m = 0, .lines = {}};
    const auto width = raw.properties->find("width_km");
    // Half the globe's circumference is 20,015 km: no point is further away.
    if (width == raw.properties->end() || !width->is_number() || !(width->get<double>() > 0) ||
        width->get<double>() > 20'000) {
      return Bad(raw.what, "property 'width_km' must be a number above 0 and at most 20000");
    }
    corridor.width_m = std::llround(width->get<double>() * 1000);
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<const json*> parts,
                            PartsOf(raw.what, *raw.geometry, "LineString"));
    for (const json* part : parts) {
      TOCSIN_ASSIGN_OR_RETURN(Positions line, PositionsOf(raw.what, *part, 2));
      corridor.lines.push_back(std::move(line));
    }
    corridors.push_back(std::move(corridor));
  }
  return corridors;
}

}  // namespace tocsin
