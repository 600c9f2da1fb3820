// Reads inputs a second time for a core that wants to see them again (TaskCore::Rereads), beside
// the live ones and at a bounded rate. Not for use outside lib/task.
//
// One input after the other, with a consumer of its own that never commits. Where the reading
// stands is the core's state. Finding the place in the log waits for brokers, and does so on a
// thread of its own: the live records never wait for it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/task/batch.h"
#include "lib/task/task_runner.h"
#include "lib/task/task_world.h"
#include "lib/task/token_bucket.h"

namespace tocsin::task_internal {

class Rereader {
 public:
  using Clock = std::chrono::steady_clock;
  using Log = std::function<void(int severity, const std::string& text)>;

  // `world`, `options` and `feeder` must outlive it.
  Rereader(TaskWorld& world, const TaskOptions& options, Feeder& feeder, Log log);

  // What the core wants as of the end of a batch. Internal: it cannot want anything, there is no
  // journal to keep the order.
  absl::Status Want(std::vector<Reread> wanted);
  bool IsActive() const { return !wanted_.empty(); }

  // Feeds what is there, the rate allows and `room` has; does not wait. Errors of the core, and
  // what is fatal to a consumer: what may pass is tried again.
  absl::Status Fill(size_t room, Clock::time_point now, Batch& batch);

  // Offsets still to go, of the inputs themselves.
  std::map<SourceId, int64_t> left() const;

 private:
  struct Place {
    SourceId source;
    int64_t next = 0;  // as the core has it: what the log no longer holds or never held included
  };

  // True if the first that is wanted can be polled; otherwise works towards that, and tells the
  // core of its end if there is nothing to read.
  bool IsOpen(Clock::time_point now, Batch& batch);
  absl::Status Open(const Place& place);
  void Postpone(const absl::Status& cause, Clock::time_point now);
  void End(Batch& batch);

  TaskWorld& world_;
  const TaskOptions& options_;
  Feeder& feeder_;
  const Log log_;
  TokenBucket rate_;
  std::vector<Reread> wanted_;  // `from` goes on; the one at place_ comes first
  std::optional<Place> place_;  // where the consumer is, or will be once it is open
  Clock::time_point not_before_;
  std::string last_problem_;
  // Both are of opening_ while there is one.
  std::unique_ptr<Consumer> consumer_;
  int64_t first_ = 0;  // offset that there is to read at the place
  // Declared last: its end is waited for first.
  std::unique_ptr<TaskWorld::Errand> opening_;
};

// How far the state goes, for the guard: where the core stands with what it reads again is its own
// state. May load the core.
CrashGuard::Position Passed(const ReadState& state, const CrashGuard& guard, TaskCore& core);

}  // namespace tocsin::task_internal
