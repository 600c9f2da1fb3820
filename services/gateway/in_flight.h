// How many watches and acknowledgements are under way, so that an orderly stop waits for them and
// not for idle connections, which clients may hold open for long. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>

#include "lib/base/mutex.h"

namespace tocsin::gateway {

class InFlight {
 public:
  void Begin() {
    const MutexLock lock(mutex_);
    ++count_;
  }
  void End() {
    const MutexLock lock(mutex_);
    if (--count_ == 0) none_.NotifyAll();
  }
  // False if there are still some after `patience`.
  bool WaitForNone(std::chrono::milliseconds patience) {
    const MutexLock lock(mutex_);
    return none_.WaitFor(mutex_, patience,
                         [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return count_ == 0; });
  }

 private:
  Mutex mutex_;
  Condition none_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::gateway
