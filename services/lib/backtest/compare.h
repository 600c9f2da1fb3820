// What another version of the rules would have fired instead.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "lib/backtest/lines.h"

namespace tocsin {

enum class Difference { kSame, kEarlier, kLater, kNew, kNoMore };

struct Change {
  Difference difference = Difference::kSame;
  const WarningLine* here = nullptr;   // nullptr for kNew
  const WarningLine* there = nullptr;  // nullptr for kNoMore
};

// Each line of either once, by time of issue (of `there` if there is one). Two lines are of one
// warning if they have its id and addressee; of those that are left, in the order of their issue,
// if they have rule, key and addressee, and one was in force when the other was issued. Refers to
// the lines.
std::vector<Change> Compare(const std::vector<WarningLine>& here,
                            const std::vector<WarningLine>& there);

}  // namespace tocsin
