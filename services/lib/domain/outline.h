// Where something lies on the ground, as polygons for a map: GeoJSON (RFC 7946) and CAP 1.2.
//
// Pure and total: places that are no places are passed over.
#pragma once

#include <string>
#include <vector>

#include "lib/domain/types.h"

namespace tocsin {

// A point, and how far from it the thing may be.
struct Disc {
  Point centre;
  double radius_m = 0;
};

// A ring: counter-clockwise, to the ten-thousandth of a degree, closed (the last point is the
// first). Edges are straight in longitude and latitude, as in GeoJSON.
using MapRing = std::vector<Point>;

// The convex hull of the discs. A disc of less than a kilometre counts as one of a kilometre, so
// that a point is an area. What reaches across the 180th meridian is cut there into two parts, as
// RFC 7946 asks; what reaches to within a degree of a pole becomes a band around the Earth. Empty:
// no disc has a place.
std::vector<MapRing> OutlineOf(const std::vector<Disc>& all);

// {"type":"Polygon",...}, or "MultiPolygon" for two parts. Empty for no part.
std::string GeoJsonOf(const std::vector<MapRing>& outline);

// "lat,lon lat,lon ...", as in CAP's <polygon>: one for each part.
std::vector<std::string> CapPolygonsOf(const std::vector<MapRing>& outline);

}  // namespace tocsin
