// Brings a state up to the committed offsets, with all output suppressed. Not for use outside
// lib/task.
#pragma once

#include <optional>
#include <stop_token>

#include "lib/kafka/client.h"
#include "lib/rocks/store.h"
#include "lib/task/batch.h"

namespace tocsin::task_internal {

struct Replay {
  Consumer& consumer;
  Store& store;
  Feeder& feeder;
  const std::string& folder;
  const std::vector<SourceId>& inputs;
  const std::optional<SourceId>& journal;
  size_t max_batch;
  const std::stop_token& stop;
  int64_t records = 0;  // fed

  // From what the store holds to `committed`. FailedPrecondition if the log does not hold what is
  // needed or the two disagree; Cancelled on a stop.
  absl::Status Run(const std::map<SourceId, int64_t>& committed);

 private:
  absl::Status ByOffset(const SourceId& input, int64_t end, TaskPosition position);
  absl::Status ByJournal(const SourceId& journal_source, TaskPosition position);
  absl::Status Follow(const v1::JournalRecord& steps,
                      std::map<SourceId, std::vector<InputRecord>>& ahead, Batch& batch);
  absl::Status Apply(Batch& batch);
  absl::Status Broken(const std::string& reason) const;
};

}  // namespace tocsin::task_internal
