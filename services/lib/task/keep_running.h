// Runs a task for a service. One that is blocked does not end its process, which would be started
// again and again: it waits, not ready, for a person, and goes on by itself afterwards.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "lib/task/task_runner.h"

namespace tocsin {

// As TaskRunner::Run, but for tasks that are blocked: `blocked` is told the reason (lib/task/
// blocked.h) each time when it is tried again, which is when the mark to begin anew appears and now
// and then besides.
absl::Status KeepRunning(const TaskOptions& options, TaskCore& core,
                         const std::shared_ptr<TaskWorld>& world, const std::stop_token& stop,
                         const std::function<void(const std::string& reason)>& blocked);

}  // namespace tocsin
