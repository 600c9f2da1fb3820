#include "lib/task/commit.h"

#include "lib/task/journal.h"

namespace tocsin::task_internal {

absl::Status CommitBatch(TransactionalProducer& producer, const std::string& task,
                         const std::string& group, const std::optional<SourceId>& journal,
                         const OffsetNotes& notes, const Batch& batch) {
  absl::Status status = producer.Begin();
  for (const auto* records : {&batch.outputs, &batch.dead_letters}) {
    for (const OutputRecord& record : *records) {
      if (status.ok()) status = producer.Produce(record);
    }
  }
  if (status.ok() && journal.has_value()) {
    status = producer.Produce(MakeJournalRecord(*journal, task, batch.journal));
  }
  if (status.ok()) {
    CommittedOffsets moved;
    for (const auto& [source, next] : batch.after.next) {
      const auto it = batch.before.next.find(source);
      if (it != batch.before.next.end() && it->second == next) continue;
      const auto note = notes.find(source);
      moved[source] = {next, note == notes.end() ? std::string() : note->second};
    }
    status = producer.SendOffsets(moved, group);
  }
  if (status.ok()) status = producer.Commit();
  if (!absl::IsAborted(status)) return status;
  const absl::Status aborted = producer.Abort();
  return aborted.ok() ? status : aborted;
}

}  // namespace tocsin::task_internal
