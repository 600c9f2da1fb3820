// How far this machine's clock is from the broker's, by the times at which the broker logged what
// is read here. Escalation, silences and the ends of acknowledgements go by this machine's clock:
// where it is hours off, so are they.
//
// Not thread-safe.
#pragma once

#include <chrono>
#include <optional>

#include "lib/base/time.h"

namespace tocsin::gateway {

class ClockSkew {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // At `now` of this clock a record was read that the broker had logged at `logged`.
  void Saw(Time logged, Time now, SteadyTime steady);

  // So much is this clock ahead of the broker's; less than 0: behind it. What was read late looks
  // as if it were ahead, so it is the least of the last minute or two, and absent before the first
  // minute is over. Behind it can only be, so that is told at once.
  std::optional<Duration> ahead() const;

 private:
  std::optional<Duration> least_;   // since began_
  std::optional<Duration> before_;  // in the minute before
  SteadyTime began_;
};

}  // namespace tocsin::gateway
