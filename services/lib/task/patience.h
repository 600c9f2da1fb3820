// Waiting for brokers on a task's thread. Not for use outside lib/task.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

#include "lib/task/task_world.h"

namespace tocsin::task_internal {

inline constexpr std::chrono::milliseconds kFirstBackoff{50};
inline constexpr std::chrono::milliseconds kLongestBackoff{1000};

inline absl::Status ToStatus(const absl::Status& status) { return status; }
template <class T>
absl::Status ToStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

// Repeats what fails because no broker answers, until it does or a stop is asked for (Cancelled).
template <class Call>
auto Patiently(Call call, TaskWorld& world, const std::stop_token& stop,
               const std::function<void(const std::string& text)>& log) -> decltype(call()) {
  std::chrono::milliseconds backoff = kFirstBackoff;
  while (true) {
    auto result = call();
    const absl::Status status = ToStatus(result);
    if (!absl::IsUnavailable(status)) return result;
    if (stop.stop_requested()) return absl::CancelledError("stopped while no broker answered");
    log("waits: " + std::string(status.message()));
    world.Sleep(backoff, stop);
    backoff = std::min(2 * backoff, kLongestBackoff);
  }
}

}  // namespace tocsin::task_internal
