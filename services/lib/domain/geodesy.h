// Distances on the sphere, rounded so that no comparison depends on the last bits of a sine.
#pragma once

#include <cstdint>

#include "lib/domain/types.h"

namespace tocsin {

// Great-circle distance on a sphere with the mean Earth radius of IUGG, 6,371,008.8 m, by the
// haversine formula, rounded to the metre. Within 0.6 % of the distance on the WGS 84 ellipsoid.
int64_t DistanceMetres(const Point& a, const Point& b);

}  // namespace tocsin
