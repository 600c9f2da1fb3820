// Gathers what TaskOptions::report is told. Not for use outside lib/task.
#pragma once

#include <chrono>
#include <functional>

#include "lib/kafka/client.h"
#include "lib/task/batch.h"
#include "lib/task/task_runner.h"

namespace tocsin::task_internal {

class Reporter {
 public:
  using Clock = std::chrono::steady_clock;

  // `report` may be empty.
  explicit Reporter(std::function<void(const TaskReport&)> report) : report_(std::move(report)) {}

  // What the next report will say.
  TaskReport& now() { return now_; }
  // A commit that was begun at `begun`.
  void Committed(const Batch& batch, Clock::time_point begun, Clock::time_point now);

  bool IsDue(Clock::time_point now) const;
  void Send(const Consumer& consumer, Clock::time_point now);

 private:
  const std::function<void(const TaskReport&)> report_;
  TaskReport now_;
  Clock::time_point last_;
  Clock::time_point last_lag_;
};

}  // namespace tocsin::task_internal
