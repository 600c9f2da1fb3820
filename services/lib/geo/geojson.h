// Features of the two GeoJSON documents of a pack as plain values, checked for form: RFC 7946 order
// (longitude first), finite coordinates on the globe, enough positions, real dates. Whether the
// shapes are valid on the sphere is for whoever builds them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"

namespace tocsin {

using Positions = std::vector<Point>;

struct AreaFeature {
  std::string what;  // for messages: `feature 3 ("unamid")`
  AreaId id;
  Interval valid;  // whole days in UTC
  // Polygons of rings: the outer one, then holes. Rings are not closed: the last position that
  // repeats the first is left out.
  std::vector<std::vector<Positions>> polygons;
};

struct CorridorFeature {
  std::string what;
  CorridorId id;
  Interval valid;
  int64_t width_m = 0;
  std::vector<Positions> lines;
};

// InvalidArgument names the document, the feature and what is wrong.
absl::StatusOr<std::vector<AreaFeature>> ParseAreas(const std::string& geojson);
absl::StatusOr<std::vector<CorridorFeature>> ParseCorridors(const std::string& geojson);

}  // namespace tocsin
