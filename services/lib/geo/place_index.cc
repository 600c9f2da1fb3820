#include "lib/geo/place_index.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <s2/mutable_s2shape_index.h>
#include <s2/s2closest_edge_query.h>
#include <s2/s2error.h>
#include <s2/s2latlng.h>
#include <s2/s2latlng_rect.h>
#include <s2/s2lax_polyline_shape.h>
#include <s2/s2loop.h>
#include <s2/s2polygon.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/geo/cells.h"
#include "lib/geo/geojson.h"

namespace tocsin {
namespace {

// The radius of domain/geodesy.h, so that all distances of the project agree.
constexpr double kRadiusMetres = 6371008.8;

// One value for both names of the antimeridian, so that shapes cut along it touch.
S2LatLng LatLngOf(const Point& point) {
  const double longitude = point.longitude == -180 ? 180 : point.longitude;
  return S2LatLng::FromDegrees(point.latitude, longitude).Normalized();
}

std::vector<S2Point> S2PointsOf(const Positions& positions) {
  std::vector<S2Point> points;
  points.reserve(positions.size());
  for (const Point& position : positions) points.push_back(LatLngOf(position).ToPoint());
  return points;
}

absl::Status Bad(const std::string& what, const S2Error& error) {
  return absl::InvalidArgumentError(StrCat(what, ": invalid geometry: ", error.text()));
}

struct Area {
  AreaId id;
  Interval valid;
  // Apart from one another: in one S2Polygon a part inside another would become a hole of it.
  std::vector<std::unique_ptr<const S2Polygon>> polygons;
};

struct CorridorShape {
  CorridorId id;
  Interval valid;
  int64_t width_m = 0;
  std::unique_ptr<const MutableS2ShapeIndex> lines;
  S2LatLngRect bound;  // of every point that can be in it
};

absl::StatusOr<std::unique_ptr<const S2Polygon>> MakePolygon(const std::string& what,
                                                             const std::vector<Positions>& rings) {
  std::vector<std::unique_ptr<S2Loop>> loops;
  for (const Positions& ring : rings) {
    auto loop = std::make_unique<S2Loop>(S2PointsOf(ring), S2Debug::DISABLE);
    if (S2Error error; loop->FindValidationError(&error)) return Bad(what, error);
    loop->Normalize();
    loops.push_back(std::move(loop));
  }
  auto polygon = std::make_unique<S2Polygon>();
  polygon->set_s2debug_override(S2Debug::DISABLE);
  polygon->InitNested(std::move(loops));
  if (S2Error error; polygon->FindValidationError(&error)) return Bad(what, error);
  // One outer ring around every hole: otherwise the rings do not say what is inside.
  for (int i = 1; i < polygon->num_loops(); ++i) {
    if (polygon->loop(i)->depth() != 1) {
      return absl::InvalidArgumentError(
          StrCat(what, ": invalid geometry: a hole does not lie inside the polygon's first ring"));
    }
  }
  polygon->index().ForceBuild();
  return std::unique_ptr<const S2Polygon>(std::move(polygon));
}

absl::StatusOr<CorridorShape> MakeCorridor(const CorridorFeature& feature) {
  auto lines = std::make_unique<MutableS2ShapeIndex>();
  S2LatLngRect bound = S2LatLngRect::Empty();
  for (const Positions& line : feature.lines) {
    const std::vector<S2Point> points = S2PointsOf(line);
    for (size_t i = 1; i < points.size(); ++i) {
      // Within a millimetre or so: the points themselves are rounded.
      if (points[i - 1].Angle(-points[i]) < 1e-10) {
        return absl::InvalidArgumentError(
            StrCat(feature.what, ": invalid geometry: positions ", i - 1, " and ", i,
                   " of a line are antipodal, so that no line between them is the shortest"));
      }
    }
    const S2Polyline polyline(points, S2Debug::DISABLE);
    bound = bound.Union(polyline.GetRectBound());
    lines->Add(std::make_unique<S2LaxPolylineShape>(points));
  }
  lines->ForceBuild();
  // A metre more than the width, since distances are rounded before they are compared.
  const S1Angle reach =
      S1Angle::Radians((static_cast<double>(feature.width_m) + 1) / kRadiusMetres);
  return CorridorShape{.id = feature.id,
                       .valid = feature.valid,
                       .width_m = feature.width_m,
                       .lines = std::move(lines),
                       .bound = bound.ExpandedByDistance(reach)};
}

bool Holds(const Interval& valid, Time t) { return valid.from <= t && t <= valid.to; }

class S2PlaceIndex final : public PlaceIndex {
 public:
  S2PlaceIndex(std::vector<Area> areas, std::vector<CorridorShape> corridors,
               std::map<CorridorId, double> widths)
      : areas_(std::move(areas)), corridors_(std::move(corridors)), widths_(std::move(widths)) {}

  std::vector<AreaId> AreasAt(const Point& point, Time t) const override {
    const S2Point at = LatLngOf(point).ToPoint();
    std::vector<AreaId> result;
    for (const Area& area : areas_) {  // sorted by id, so is the result
      if (!Holds(area.valid, t) || (!result.empty() && result.back() == area.id)) continue;
      const bool inside =
          std::any_of(area.polygons.begin(), area.polygons.end(), [&](const auto& polygon) {
            return polygon->GetRectBound().Contains(at) && polygon->Contains(at);
          });
      if (inside) result.push_back(area.id);
    }
    return result;
  }

  std::vector<CorridorId> CorridorsAt(const Point& point, Time t) const override {
    const S2LatLng lat_lng = LatLngOf(point);
    std::vector<CorridorId> result;
    for (const CorridorShape& corridor : corridors_) {
      if (!Holds(corridor.valid, t) || (!result.empty() && result.back() == corridor.id) ||
          !corridor.bound.Contains(lat_lng)) {
        continue;
      }
      S2ClosestEdgeQuery query(corridor.lines.get());
      S2ClosestEdgeQuery::PointTarget target(lat_lng.ToPoint());
      const double radians = query.GetDistance(&target).ToAngle().radians();
      if (std::llround(radians * kRadiusMetres) <= corridor.width_m) result.push_back(corridor.id);
    }
    return result;
  }

  double CorridorWidthMetres(const CorridorId& corridor) const override {
    const auto it = widths_.find(corridor);
    return it == widths_.end() ? 0 : it->second;
  }

  std::vector<std::string> CellsNear(const Point& point, int32_t level,
                                     int64_t radius_m) const override {
    // Two metres more: distances are rounded before they are compared, here and where events match.
    const double reach = (static_cast<double>(radius_m) + 2) / kRadiusMetres;
    return CellTokensNear(LatLngOf(point).ToPoint(), level, reach);
  }

 private:
  const std::vector<Area> areas_;
  const std::vector<CorridorShape> corridors_;
  const std::map<CorridorId, double> widths_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const PlaceIndex>> MakeS2PlaceIndex(
    const std::string& areas_geojson, const std::string& corridors_geojson) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<AreaFeature> area_features, ParseAreas(areas_geojson));
  std::vector<Area> areas;
  for (const AreaFeature& feature : area_features) {
    Area area{.id = feature.id, .valid = feature.valid, .polygons = {}};
    for (const std::vector<Positions>& rings : feature.polygons) {
      TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<const S2Polygon> polygon,
                              MakePolygon(feature.what, rings));
      area.polygons.push_back(std::move(polygon));
    }
    areas.push_back(std::move(area));
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<CorridorFeature> corridor_features,
                          ParseCorridors(corridors_geojson));
  std::vector<CorridorShape> corridors;
  std::map<CorridorId, double> widths;
  for (const CorridorFeature& feature : corridor_features) {
    TOCSIN_ASSIGN_OR_RETURN(CorridorShape corridor, MakeCorridor(feature));
    const auto width = static_cast<double>(feature.width_m);
    if (const auto [it, added] = widths.emplace(feature.id, width); !added && it->second != width) {
      return absl::InvalidArgumentError(
          StrCat(feature.what, ": property 'width_km' differs from another feature of this id"));
    }
    corridors.push_back(std::move(corridor));
  }
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::stable_sort(areas.begin(), areas.end(), by_id);
  std::stable_sort(corridors.begin(), corridors.end(), by_id);
  return std::make_unique<const S2PlaceIndex>(std::move(areas), std::move(corridors),
                                              std::move(widths));
}

}  // namespace tocsin
