// What another version of the rules would have fired instead.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "lib/backtest/lines.h"

namespace tocsin {

enum class Difference {
  kSame,     // at the same time
  kEarlier,  // the same warning, sooner
  kLater,    // the same warning, not so soon
  kNew,      // nothing here stood for it
  kNoMore,   // nothing there stood for it
  kJoined,   // a warning of its own here; there one that stood already went on
  kSplit     // the other way round: there it warns again
};
inline constexpr size_t kDifferenceCount = 7;

struct Change {
  Difference difference = Difference::kSame;
  const WarningLine* here = nullptr;   // nullptr for kNew; for kSplit the one that stood
  const WarningLine* there = nullptr;  // nullptr for kNoMore; for kJoined the one that stood
};

// Each line of either, by time of issue (of `there` if it is not joined to that). Two lines are of
// one warning if they have its id and addressee; of those that are left, in the order of their
// issue, if they have rule, key and addressee, and one stood when the other was issued. One that is
// left after that and was issued while another of its rule, key and addressee stood belongs to it
// (kJoined, kSplit). Refers to the lines.
std::vector<Change> Compare(const std::vector<WarningLine>& here,
                            const std::vector<WarningLine>& there);

}  // namespace tocsin
