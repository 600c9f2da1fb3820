#include "lib/task/keep_running.h"

#include "lib/task/blocked.h"

namespace tocsin {
namespace {

constexpr std::chrono::seconds kLook{1};
// The topics may have been put right.
constexpr int kLooksUntilRetry = 60;

}  // namespace

absl::Status KeepRunning(const TaskOptions& options, TaskCore& core,
                         const std::shared_ptr<TaskWorld>& world, const std::stop_token& stop,
                         const std::function<void(const std::string& reason)>& blocked) {
  while (true) {
    const absl::Status status = TaskRunner(options, core, world).Run(stop);
    const std::optional<std::string> reason = BlockedBy(status);
    if (!reason.has_value()) return status;
    constexpr int kError = 3;
    if (options.log) options.log(kError, std::string(status.message()));
    blocked(*reason);
    for (int looks = 0; looks < kLooksUntilRetry; ++looks) {
      if (stop.stop_requested()) return absl::OkStatus();
      if (world->IsToBeginAnew(options.state_folder)) break;
      world->Sleep(kLook, stop);
    }
  }
}

}  // namespace tocsin
