// Areas and border corridors: their ids, desks and sides, and the boundaries of areas. Whether
// these are valid on the sphere, and what lies in them, is the geo index's matter.
#include <chrono>
#include <cmath>
#include <exception>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/rules/parse.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;

// Strict reading of the properties of one feature.
class Properties {
 public:
  Properties(Problems& problems, const Json& feature, std::string path, size_t allowed)
      : problems_(problems), path_(std::move(path)) {
    if (!feature.is_object() || feature.value("type", Json()) != "Feature" ||
        !feature.contains("properties") || !feature["properties"].is_object()) {
      problems_.Add(path_, "must be a Feature with properties");
      return;
    }
    properties_ = feature["properties"];
    if (properties_.size() > allowed) problems_.Add(path_ + ".properties", "has unknown keys");
  }

  std::string Text(const char* key) {
    const auto it = properties_.find(key);
    if (it == properties_.end() || !it->is_string() || it->get_ref<const std::string&>().empty()) {
      Bad(key, "must be text that is not empty");
      return {};
    }
    return it->get<std::string>();
  }

  std::string Id(const char* key) {
    std::string id = Text(key);
    if (!id.empty() && !IsId(id)) Bad(key, "is not an id: lower-case letters, digits, '-' and '_'");
    return id;
  }

  // YYYY-MM-DD, a day that exists.
  std::chrono::sys_days Date(const char* key) {
    std::string text = Text(key);
    bool good = text.size() == 10 && text[4] == '-' && text[7] == '-';
    for (size_t i = 0; good && i < text.size(); ++i) {
      good = i == 4 || i == 7 || (text[i] >= '0' && text[i] <= '9');
    }
    std::chrono::year_month_day date{};
    if (good) {
      const auto number = [&](size_t from, size_t count) {
        int value = 0;
        for (size_t i = from; i < from + count; ++i) value = value * 10 + (text[i] - '0');
        return value;
      };
      date = std::chrono::year_month_day(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
      good = date.ok();
    }
    if (good) return date;
    Bad(key, "must be a date, YYYY-MM-DD");
    return {};
  }

  // First and last.
  std::pair<std::chrono::sys_days, std::chrono::sys_days> Dates() {
    const std::chrono::sys_days from = Date("from");
    const std::chrono::sys_days to = Date("to");
    if (from > to) Bad("from", "is after 'to'");
    return {from, to};
  }

  void Width(const char* key) {
    const auto it = properties_.find(key);
    const double width = it != properties_.end() && it->is_number() ? it->get<double>() : 0;
    if (!std::isfinite(width) || width <= 0 || width > 1000) {
      Bad(key, "must be a number of kilometres above 0, at most 1000");
    }
  }

  void Bad(const char* key, std::string_view reason) {
    problems_.Add(StrCat(path_, ".properties.", key), reason);
  }

 private:
  Problems& problems_;
  std::string path_;
  Json properties_ = Json::object();
};

bool CheckGeometry(Problems& problems, const Json& feature, const std::string& path,
                   std::string_view single) {
  const Json geometry = feature.is_object() ? feature.value("geometry", Json()) : Json();
  const Json type = geometry.is_object() ? geometry.value("type", Json()) : Json();
  const std::string word = type.is_string() ? type.get<std::string>() : std::string();
  if ((word != single && word != StrCat("Multi", single)) || !geometry.contains("coordinates") ||
      !geometry["coordinates"].is_array() || geometry["coordinates"].empty()) {
    problems.Add(path + ".geometry", StrCat("must be a ", single, " or Multi", single));
    return false;
  }
  return true;
}

std::optional<Point> PointOf(const Json& position) {
  if (!position.is_array() || position.size() < 2 || !position[0].is_number() ||
      !position[1].is_number()) {
    return std::nullopt;
  }
  const Point point{.latitude = position[1].get<double>(), .longitude = position[0].get<double>()};
  if (!(std::fabs(point.latitude) <= 90) || !(std::fabs(point.longitude) <= 180)) {
    return std::nullopt;
  }
  return point;
}

std::optional<std::vector<Point>> RingOf(const Json& positions) {
  if (!positions.is_array() || positions.size() < 4) return std::nullopt;
  std::vector<Point> ring;
  ring.reserve(positions.size());
  for (const Json& position : positions) {
    const std::optional<Point> point = PointOf(position);
    if (!point) return std::nullopt;
    ring.push_back(*point);
  }
  if (ring.front() != ring.back()) return std::nullopt;
  ring.pop_back();
  return ring;
}

// The rings of all polygons of a geometry that CheckGeometry found to be of polygons.
std::vector<std::vector<Point>> RingsOf(Problems& problems, const Json& geometry,
                                        const std::string& path) {
  const Json& coordinates = geometry["coordinates"];
  const Json polygons =
      geometry["type"] == "Polygon" ? Json::array({coordinates}) : Json(coordinates);
  std::vector<std::vector<Point>> rings;
  for (size_t p = 0; p < polygons.size(); ++p) {
    const Json& polygon = polygons[p];
    if (!polygon.is_array() || polygon.empty()) {
      problems.Add(path + ".geometry", StrCat("polygon ", p, " must be a list of rings"));
      return {};
    }
    for (size_t r = 0; r < polygon.size(); ++r) {
      std::optional<std::vector<Point>> ring = RingOf(polygon[r]);
      if (!ring) {
        problems.Add(path + ".geometry",
                     StrCat("ring ", r, " of polygon ", p,
                            " must be at least 4 positions [longitude, latitude] on the globe, "
                            "and end where it began"));
        return {};
      }
      rings.push_back(*std::move(ring));
    }
  }
  return rings;
}

std::optional<Json> Features(Problems& problems, const std::string& text) {
  if (text.size() > kMostGeoJsonBytes) {
    problems.Add("", StrCat("is longer than ", kMostGeoJsonBytes, " bytes"));
    return std::nullopt;
  }
  try {
    Json root = Json::parse(text);
    if (!root.is_object() || root.value("type", Json()) != "FeatureCollection" ||
        !root.contains("features") || !root["features"].is_array()) {
      problems.Add("", "must be a GeoJSON FeatureCollection");
      return std::nullopt;
    }
    return std::move(root["features"]);
  } catch (const std::exception& error) {  // names line and column
    problems.Add("", StrCat("is not JSON: ", error.what()));
    return std::nullopt;
  }
}

}  // namespace

bool ParseAreas(Problems& problems, const std::string& text, Pack& pack) {
  const std::optional<Json> features = Features(problems, text);
  if (!features) return false;
  for (size_t i = 0; i < features->size(); ++i) {
    const std::string path = StrCat("features[", i, "]");
    Properties in(problems, (*features)[i], path, 4);
    const AreaId id(in.Id("id"));
    const MissionId desk(in.Text("desk"));
    const auto [from, to] = in.Dates();
    if (CheckGeometry(problems, (*features)[i], path, "Polygon")) {
      pack.area_shapes.push_back(
          {id, from, to, RingsOf(problems, (*features)[i]["geometry"], path)});
    }
    if (!pack.desks.contains(desk)) in.Bad("desk", StrCat("'", desk.str(), "' is not a desk"));
    const auto [it, fresh] = pack.area_desks.emplace(id, desk);
    if (!fresh && it->second != desk) {
      in.Bad("desk", StrCat("area ", id.str(), " has the desk ", it->second.str(), " already"));
    }
  }
  pack.areas_geojson = text;
  return true;
}

bool ParseCorridors(Problems& problems, const std::string& text, Pack& pack) {
  const std::optional<Json> features = Features(problems, text);
  if (!features) return false;
  for (size_t i = 0; i < features->size(); ++i) {
    const std::string path = StrCat("features[", i, "]");
    Properties in(problems, (*features)[i], path, 7);
    Corridor corridor{CorridorId(in.Id("id")), AreaId(in.Text("a")), AreaId(in.Text("b"))};
    in.Text("title");
    in.Width("width_km");
    in.Dates();
    CheckGeometry(problems, (*features)[i], path, "LineString");
    if (!pack.area_desks.contains(corridor.a)) in.Bad("a", "is not an area");
    if (!pack.area_desks.contains(corridor.b)) in.Bad("b", "is not an area");
    if (corridor.a == corridor.b) in.Bad("b", "is the same area as 'a'");
    const auto [it, fresh] = pack.corridors.emplace(corridor.id, corridor);
    if (!fresh && (it->second.a != corridor.a || it->second.b != corridor.b)) {
      in.Bad("id", StrCat("corridor ", corridor.id.str(), " has other sides already"));
    }
  }
  pack.corridors_geojson = text;
  return true;
}

}  // namespace tocsin
