#include "lib/geo/cells.h"

#include <algorithm>

#include <s2/s1angle.h>
#include <s2/s1chord_angle.h>
#include <s2/s2cell.h>
#include <s2/s2cell_id.h>

namespace tocsin {

std::vector<std::string> CellTokensNear(const S2Point& at, int32_t level, double reach) {
  const S2CellId home = S2CellId(at).parent(level);
  // All that lies within the width of a cell is in the cell or in one of its neighbours.
  std::vector<S2CellId> others;
  home.AppendAllNeighbors(level, &others);
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  const S1ChordAngle farthest(S1Angle::Radians(reach));
  std::vector<std::string> cells = {home.ToToken()};
  for (const S2CellId& other : others) {
    if (other != home && S2Cell(other).GetDistance(at) <= farthest) {
      cells.push_back(other.ToToken());
    }
  }
  return cells;
}

}  // namespace tocsin
