// Which cluster and which generation of its topics a task reads. Not for use outside lib/task.
#pragma once

#include <absl/status/statusor.h>

#include "lib/task/ledger.h"
#include "lib/task/task_runner.h"
#include "lib/task/task_world.h"

namespace tocsin::task_internal {

// Errors as ReadEpochs.
absl::StatusOr<TaskIdentity> ReadIdentity(TaskWorld& world, Consumer& consumer,
                                          const TaskOptions& options);

}  // namespace tocsin::task_internal
