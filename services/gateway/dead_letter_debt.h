// The dead letters that a view owes: all that whoever writes them may see of it.
#pragma once

#include <vector>

#include <absl/status/status.h>

#include "gateway/apply_report.h"

namespace tocsin::gateway {

// For the thread that writes the view.
class DeadLetterDebt {
 public:
  virtual ~DeadLetterDebt() = default;
  // Of records that were passed, and not yet known to be written; up to `most`. They are kept with
  // the view's position, so that a process that ends in between owes them still.
  virtual std::vector<ApplyReport::DeadLetter> OwedDeadLetters(size_t most) const = 0;
  virtual absl::Status SettleDeadLetters(const std::vector<ApplyReport::DeadLetter>& written) = 0;
};

}  // namespace tocsin::gateway
