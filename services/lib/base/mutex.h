// A mutex whose use clang checks, a lock of it, a condition, and a sleep that a stop ends.
//
// What a mutex guards says so with ABSL_GUARDED_BY, and what must be called under it with
// ABSL_EXCLUSIVE_LOCKS_REQUIRED; then -Wthread-safety finds an access without the lock
// (tests/structure/locks.py, and the preset `clang`). Not absl::Mutex: its conditions know no
// std::stop_token, by which most waits here end. std::mutex itself the analysis does not see.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include <absl/base/thread_annotations.h>

namespace tocsin {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // Named as std::condition_variable_any wants them; everybody else uses MutexLock.
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // For a while, or for good before the end of the scope.
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    mutex_.unlock();
    held_ = false;
  }
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    mutex_.lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// Conditions are called under the lock; one that reads what the mutex guards says so:
//   changed_.Wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return count_ == 0; });
// All waits return what the condition is in the end.
class Condition {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

  template <class Ready>
  void Wait(Mutex& mutex, Ready ready) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    condition_.wait(mutex, std::move(ready));
  }
  template <class Ready>
  bool WaitFor(Mutex& mutex, std::chrono::nanoseconds time, Ready ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition_.wait_for(mutex, time, std::move(ready));
  }
  template <class Ready>
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point until, Ready ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition_.wait_until(mutex, until, std::move(ready));
  }
  // Until a stop is asked for as well.
  template <class Ready>
  bool Wait(Mutex& mutex, const std::stop_token& stop, Ready ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition_.wait(mutex, stop, std::move(ready));
  }
  template <class Ready>
  bool WaitFor(Mutex& mutex, const std::stop_token& stop, std::chrono::nanoseconds time,
               Ready ready) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition_.wait_for(mutex, stop, time, std::move(ready));
  }
  template <class Ready>
  bool WaitUntil(Mutex& mutex, const std::stop_token& stop,
                 std::chrono::steady_clock::time_point until, Ready ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition_.wait_until(mutex, stop, until, std::move(ready));
  }

 private:
  std::condition_variable_any condition_;
};

// Sleeps for this time, or until a stop is asked for.
inline void SleepUnlessStopped(const std::stop_token& stop, std::chrono::nanoseconds time) {
  Mutex mutex;
  Condition never;
  const MutexLock lock(mutex);
  never.WaitFor(mutex, stop, time, [] { return false; });
}

}  // namespace tocsin
