// The transactional producer: records and input offsets become visible together, or not at all.
//
// One thread. The calls of one transaction are: Begin, Produce and SendOffsets in any number,
// Commit or Abort. Errors:
//   Aborted            the transaction cannot be committed: call Abort, rewind, and begin again
//   DeadlineExceeded   (Commit only) its outcome is unknown: destroy this producer, make another
//   with the
//                      same id, Init it, and read the committed offsets as the truth
//   FailedPrecondition fenced: another producer with this id has been initialised; end the process
//   Unavailable        (Init only) no broker answered in time
//   Internal           fatal: nothing more can be done with this producer; its outcome is as for
//                      DeadlineExceeded, and a new one may be made
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/kafka/client.h"

namespace tocsin {

struct TransactionalOptions {
  std::string id;
  // The broker aborts a transaction that is open for longer; Commit gives up after as long.
  std::chrono::milliseconds timeout{15'000};
  // Longest wait of Init: a broker that just started takes about a second.
  std::chrono::milliseconds init_patience{60'000};
};

class TransactionalProducer {
 public:
  static absl::StatusOr<std::unique_ptr<TransactionalProducer>> Create(
      const KafkaConfig& config, const TransactionalOptions& options);
  virtual ~TransactionalProducer() = default;

  // Fences every earlier producer with this id and ends the transaction that it left open.
  virtual absl::Status Init() = 0;
  virtual absl::Status Begin() = 0;
  virtual absl::Status Produce(const OutputRecord& record) = 0;
  // Commits, with the transaction, the next offset to be read of each source for the group, and
  // the notes beside them.
  virtual absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) = 0;
  virtual absl::Status Commit() = 0;
  virtual absl::Status Abort() = 0;

  // Offset of the last record delivered to the target; known after Commit.
  virtual std::optional<int64_t> LastOffset(const SourceId& target) const = 0;
};

}  // namespace tocsin
