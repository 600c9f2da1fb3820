// One batch as one transaction. Not for use outside lib/task.
#pragma once

#include <optional>
#include <string>

#include "lib/kafka/transactional.h"
#include "lib/task/batch.h"
#include "lib/task/take_over.h"

namespace tocsin::task_internal {

// Outputs, dead letters, the journal record if there is a journal, and the offsets of the inputs
// that moved, with their notes. Errors as TransactionalProducer::Commit, with the transaction
// aborted where they say Aborted.
absl::Status CommitBatch(TransactionalProducer& producer, const std::string& task,
                         const std::string& group, const std::optional<SourceId>& journal,
                         const OffsetNotes& notes, const Batch& batch);

}  // namespace tocsin::task_internal
