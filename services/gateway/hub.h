// Wakes what waits: watches when the log has grown or a heartbeat is due, write-backs when their
// time is over. One thread, asleep until the nearest deadline or a notice.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <thread>

#include "lib/base/mutex.h"

namespace tocsin::gateway {

class Hub {
 public:
  using Clock = std::chrono::steady_clock;

  class Member {
   public:
    virtual ~Member() = default;
    // Does what there is to do without blocking; returns when to be called next at the latest. May
    // be called once more after Remove.
    virtual Clock::time_point Pump(Clock::time_point now) = 0;
    // The process stops: ends in order.
    virtual void Stop() = 0;
  };

  Hub();
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // False (and not added) once the hub has been stopped. Thread-safe, as all of these.
  bool Add(std::shared_ptr<Member> member);
  void Remove(const std::shared_ptr<Member>& member);
  // Every member is pumped soon.
  void Notify();
  // Stops every member; further ones are refused.
  void Stop();

 private:
  void Run();

  Mutex mutex_;
  Condition wake_;
  std::set<std::shared_ptr<Member>> members_ ABSL_GUARDED_BY(mutex_);
  bool notified_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace tocsin::gateway
