// A bound on a rate: so many in a second, and at most a tenth of that at once. Not for use outside
// lib/task.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tocsin::task_internal {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  explicit TokenBucket(int64_t per_second)
      : per_second_(static_cast<double>(per_second)), most_(std::max(1.0, per_second_ / 10)) {}

  // How many may be spent at `now`, which never goes back.
  size_t Available(Clock::time_point now) {
    const double passed = last_ == Clock::time_point{}
                              ? most_  // never asked before: full
                              : std::chrono::duration<double>(now - last_).count() * per_second_;
    tokens_ = std::min(most_, tokens_ + passed);
    last_ = now;
    return static_cast<size_t>(tokens_);
  }
  // No more than were available.
  void Spend(size_t count) { tokens_ -= static_cast<double>(count); }

 private:
  const double per_second_;
  const double most_;
  double tokens_ = 0;
  Clock::time_point last_;
};

}  // namespace tocsin::task_internal
