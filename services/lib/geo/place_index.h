// The index of places that the router's core asks, on S2: areas are polygons with geodesic edges,
// corridors are the points within a width of a border line. The whole globe, with antimeridian and
// poles.
//
// The index is immutable after it is made and may be shared between threads. Answers depend on the
// documents alone: containment uses S2's exact predicates, so that a point on a border that two
// areas share vertex by vertex lies in one of them; distances are rounded to the metre before they
// are compared.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/routing/router.h"

namespace tocsin {

// Documents as docs/rules.md describes them; an empty text has no features. A ring's direction does
// not matter: a ring bounds the smaller part of the globe. InvalidArgument names the document, the
// feature (position and id) and what is wrong with it.
absl::StatusOr<std::unique_ptr<const PlaceIndex>> MakeS2PlaceIndex(
    const std::string& areas_geojson, const std::string& corridors_geojson);

}  // namespace tocsin
