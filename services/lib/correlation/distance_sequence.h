// temporal and temporal_ordered: the steps that are met so far.
#pragma once

#include <optional>
#include <vector>

#include "lib/correlation/episodes.h"

namespace tocsin::sequence {

struct PartMet {
  std::vector<std::optional<size_t>> members;  // by step: the member that is it
  int64_t met = 0;            // steps, and one more for silence that has been waited for
  std::optional<Time> until;  // the next step counts until then, or the silence is waited for
};

// Of the events that could be part of one match, as many steps as possible: what is missing must
// still be able to come at `now` or later. Of as many steps those whose first one in the order of
// the rule is the newest, and so on. nullopt: no step is met.
std::optional<PartMet> MostStepsMet(const Rule& rule, const std::vector<Member>& members, Time now);

}  // namespace tocsin::sequence
