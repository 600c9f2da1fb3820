// The topics that must be kept for as long as the rules need: lib/correlation/horizon.h.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lib/correlation/horizon.h"
#include "lib/domain/types.h"

namespace tocsin {

// The topics that state is made from: those of the missions, fusion.keyed.v1, fusion.journal.v1,
// fusion.matches.v1.
std::set<std::string> TopicsThatStateNeeds(const std::vector<MissionId>& missions);

}  // namespace tocsin
