// Reads for a replay what a task had read a second time, with a consumer of its own. Not for use
// outside lib/task.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/task/task_world.h"

namespace tocsin::task_internal {

class AgainReader {
 public:
  // `world` must outlive it.
  AgainReader(TaskWorld& world, KafkaConfig kafka, std::string group)
      : world_(world), kafka_(std::move(kafka)), group_(std::move(group)) {}

  // The first record of `source` (an input itself) at or after `offset`; nullopt: the log ends
  // before. Calls that go on from the last one's record keep the place. Errors as Consumer's;
  // Cancelled on a stop.
  absl::StatusOr<std::optional<InputRecord>> Next(const SourceId& source, int64_t offset,
                                                  const std::stop_token& stop);

 private:
  absl::Status Seek(const SourceId& source, int64_t offset);

  TaskWorld& world_;
  const KafkaConfig kafka_;
  const std::string group_;
  std::unique_ptr<Consumer> consumer_;
  std::optional<SourceId> source_;  // assigned
  int64_t next_ = 0;                // of it: nothing before will come
  std::vector<InputRecord> held_;   // popped from the back
};

}  // namespace tocsin::task_internal
