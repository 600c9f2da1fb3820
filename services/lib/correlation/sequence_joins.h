// temporal and temporal_ordered: which members matches have joined, and what is asked of the
// matches of one episode. All of it grows only one way, which is what lets a search stop early.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "lib/base/time.h"

namespace tocsin::sequence {

class Joins {
 public:
  // Of the matches of one episode.
  struct Facts {
    Time first_end = kNever, last_end = kUnknownTime;  // times of last events
    Duration shortest = Duration::max();
    bool any() const { return first_end != kNever; }
  };

  explicit Joins(size_t members) : parents_(members), facts_(members) {
    std::iota(parents_.begin(), parents_.end(), size_t{0});
  }

  // The least index that is joined with i.
  size_t Root(size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  const Facts& Of(size_t root) const { return facts_[root]; }

  // A match from `first` to `last`.
  void Add(const std::vector<size_t>& match, Time first, Time last) {
    for (const size_t i : match) Join(match[0], i);
    Merge(facts_[Root(match[0])], {last, last, last - first});
  }

 private:
  static void Merge(Facts& into, const Facts& from) {
    into.first_end = std::min(into.first_end, from.first_end);
    into.last_end = std::max(into.last_end, from.last_end);
    into.shortest = std::min(into.shortest, from.shortest);
  }
  void Join(size_t i, size_t j) {
    const size_t a = std::min(Root(i), Root(j));
    const size_t b = std::max(Root(i), Root(j));
    if (a == b) return;
    parents_[b] = a;
    Merge(facts_[a], facts_[b]);
  }

  std::vector<size_t> parents_;
  std::vector<Facts> facts_;  // by root
};

}  // namespace tocsin::sequence
