// Brings a state up to the committed offsets, with all output suppressed. Not for use outside
// lib/task.
#pragma once

#include <optional>
#include <set>
#include <stop_token>

#include "lib/kafka/client.h"
#include "lib/rocks/store.h"
#include "lib/task/again_reader.h"
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
  AgainReader again;
  // A person has asked to go on from what is left of the log.
  bool begins_anew = false;
  int64_t records = 0;  // fed
  // Of the journal, among the inputs no more, and still in the log.
  std::set<SourceId> left = {};

  // From what the store holds to `committed`. FailedPrecondition if the log does not hold what is
  // needed or the two disagree; Cancelled on a stop.
  absl::Status Run(const std::map<SourceId, int64_t>& committed);

 private:
  absl::Status ByOffset(const SourceId& input, int64_t end, TaskPosition position);
  absl::Status ByJournal(const SourceId& journal_source, TaskPosition position);
  using Ahead = std::map<SourceId, std::vector<InputRecord>>;
  absl::Status Follow(const v1::JournalRecord& steps, Ahead& ahead, Batch& batch);
  absl::Status FollowSpan(const v1::JournalSpan& span, Ahead& ahead, Batch& batch);
  // FailedPrecondition if what was an input once is there no more.
  absl::Status FindLeft(const SourceId& input);
  // The next record of an assigned source; nullopt: the log ends before.
  absl::StatusOr<std::optional<InputRecord>> Next(const SourceId& source, Ahead& ahead);
  absl::Status Apply(Batch& batch);
  // `reason` as in lib/task/blocked.h.
  absl::Status Broken(std::string_view reason, const std::string& text) const;
};

}  // namespace tocsin::task_internal
