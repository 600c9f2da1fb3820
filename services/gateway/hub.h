// Wakes what waits: watches when the log has grown or a heartbeat is due, write-backs when their
// time is over. A few threads, asleep until the nearest deadline or a notice.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/mutex.h"

namespace tocsin::gateway {

class Hub {
 public:
  using Clock = std::chrono::steady_clock;

  class Member {
   public:
    virtual ~Member() = default;
    // Does what there is to do without blocking; returns when to be called next at the latest.
    // Never on two threads at once; may be called once more after Remove.
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
  // Every member is pumped soon, this one alone.
  void Notify();
  void Notify(const Member& member);
  // Stops every member; further ones are refused.
  void Stop();

 private:
  struct Seat {
    std::shared_ptr<Member> member;
    Clock::time_point due;
    bool running = false;   // then not in the queue
    bool notified = false;  // while running
  };
  using Seats = std::map<const Member*, Seat>;

  void Run();
  void Await() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Soon, or again after the pump that is under way.
  void MakeDue(const Member* key, Seat& seat, Clock::time_point now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDue(const Member* key, Seat& seat, Clock::time_point due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  Condition wake_;
  Seats seats_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<Clock::time_point, const Member*>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace tocsin::gateway
