// Whether the gateway can read its logs, and since when it cannot. Thread-safe.
#pragma once

#include <chrono>
#include <optional>

#include "lib/base/mutex.h"
#include "lib/base/time.h"

namespace tocsin::gateway {

class BrokerReach {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  struct State {
    bool reached = true;
    Steady changed;             // when it last came to be so
    Time since = kUnknownTime;  // the same, by the machine's clock
  };

  // Without effect while it stays so.
  void Set(bool reached, Steady now, Time machine) {
    const MutexLock lock(mutex_);
    if (state_.reached != reached) state_ = {reached, now, machine};
  }
  State state() const {
    const MutexLock lock(mutex_);
    return state_;
  }

 private:
  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
