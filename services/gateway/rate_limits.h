// How many calls one identity may make: a token bucket for what it reads and one for what it
// writes, so that a program that asks without pause takes neither from others nor from what its own
// officer does.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include <absl/status/status.h>

#include "lib/base/mutex.h"
#include "lib/sharing/decide.h"

namespace tocsin::gateway {

// Calls a second over a longer time; so many times `kBurst` at once after a pause.
struct CallRates {
  int64_t reads = 50;
  int64_t writes = 20;
};

class RateLimits {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr int64_t kBurst = 4;

  explicit RateLimits(CallRates rates) : rates_(rates) {}

  // Takes one. ResourceExhausted: there is none; says how many there are a second.
  absl::Status Take(const Principal& caller, Act act, Time now);

 private:
  struct Bucket {
    double tokens = 0;
    Time as_of;
  };
  void ForgetTheIdle(Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t RateOf(bool writes) const { return writes ? rates_.writes : rates_.reads; }

  const CallRates rates_;
  Mutex mutex_;
  // By identity and whether it writes. One that is full again is no different from one that is not
  // there.
  std::map<std::pair<Principal, bool>, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
