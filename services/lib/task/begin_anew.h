// How a blocked task goes on when a person has asked for it: with what is left of the log. Not for
// use outside lib/task.
#pragma once

#include <functional>
#include <map>
#include <stop_token>

#include "lib/rocks/store.h"
#include "lib/task/task_runner.h"
#include "lib/task/task_world.h"

namespace tocsin::task_internal {

struct BeginAnew {
  TaskWorld& world;
  Consumer& consumer;
  const TaskOptions& options;
  const std::stop_token& stop;
  const std::function<void(const std::string& text)>& tell;

  // Gives an empty state its place. Of one input: none, as the replay makes the state from what is
  // left. With a journal, whose spans may name what is gone: where the task's offsets are
  // committed, and the end of the journal; what comes first (the rules) is read from its beginning.
  absl::Status Place(const std::map<SourceId, int64_t>& committed, Store& store);
  // Moves the state of a task over what its inputs have lost, and says of each what that is.
  absl::Status PassGaps(Store& store);

 private:
  // Sequence of the last record that the journal holds; -1: it holds none.
  absl::StatusOr<int64_t> LastOfJournal(int64_t first, int64_t end);
};

}  // namespace tocsin::task_internal
