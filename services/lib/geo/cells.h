// S2's cells around a point, for rules over cells: docs/decisions/0019. Not for use outside
// lib/geo.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <s2/s2point.h>

namespace tocsin {

// PlaceIndex::CellsNear. `reach` in radians.
std::vector<std::string> CellTokensNear(const S2Point& at, int32_t level, double reach);

}  // namespace tocsin
