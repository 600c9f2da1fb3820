#include "correlator/heavy_hitters.h"

#include <algorithm>

namespace tocsin {

void HeavyHitters::Add(uint64_t key, int64_t weight) {
  total_ += weight;
  // A few dozen entries: looking at all of them is quicker than keeping an index right.
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    found->weight += weight;
  } else if (entries_.size() < counters_) {
    entries_.push_back({key, weight, 0});
  } else {
    // The lightest gives way, and its weight may have been the newcomer's.
    Entry& least =
        *std::min_element(entries_.begin(), entries_.end(),
                          [](const Entry& a, const Entry& b) { return a.weight < b.weight; });
    least = {key, least.weight + weight, least.weight};
  }
}

}  // namespace tocsin
