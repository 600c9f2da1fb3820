// How far a key is from a warning, in words.
#pragma once

#include <string>
#include <vector>

#include "lib/correlation/distance.h"
#include "lib/rendering/catalogue.h"

namespace tocsin::ctl {

// A line for each thing that is there or missing, without the measure itself; times in UTC. Steps,
// areas and missions have the words of the catalogue, or their codes where it has none.
std::vector<std::string> DistanceWords(const Rule& rule, const KeyDistance& distance,
                                       const Catalogue& catalogue);

}  // namespace tocsin::ctl
