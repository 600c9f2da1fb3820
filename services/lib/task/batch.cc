#include "lib/task/batch.h"

#include "lib/task/dead_letter.h"
#include "lib/task/journal.h"

namespace tocsin::task_internal {
namespace {

void Merge(TaskEffects effects, Batch& batch) {
  for (OutputRecord& record : effects.records) batch.outputs.push_back(std::move(record));
  batch.counts.Add(effects.counts);
}

// Some codes mean "do it again" to the shell: an error of the core never does.
absl::Status OfCore(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnavailable:
      return absl::InternalError(status.message());
    default:
      return status;
  }
}

}  // namespace

absl::Status Feeder::Feed(const InputRecord& record, bool skip, Batch& batch) {
  if (skip) {
    batch.dead_letters.push_back(
        MakeDeadLetter(dead_letters, task, record, "crashes_task",
                       "the task crashed repeatedly while this record was fed to it"));
    core.Skip(record.source, record.offset, batch.writes);
  } else {
    TaskEffects effects;
    batch.writes.Mark();
    guard.Enter(record.source, record.offset);
    const absl::Status status = core.Step(record, batch.writes, effects);
    guard.Leave();
    if (status.ok()) {
      Merge(std::move(effects), batch);
    } else if (absl::IsInvalidArgument(status)) {
      batch.writes.GoBack();
      batch.dead_letters.push_back(MakeDeadLetter(dead_letters, task, record, "unusable_record",
                                                  std::string(status.message())));
      core.Skip(record.source, record.offset, batch.writes);
    } else {
      return OfCore(status);
    }
  }
  ++batch.records;
  if (!OriginalOf(record.source).has_value()) batch.after.next[record.source] = record.offset + 1;
  if (has_journal) AddRecord(record.source, record.offset, skip, batch.journal);
  return absl::OkStatus();
}

void Feeder::End(const SourceId& again, int64_t end, Batch& batch) {
  core.Skip(again, end - 1, batch.writes);
  AddEnd(again, end, batch.journal);
}

absl::Status Feeder::Observe(const std::string& encoded, Batch& batch) {
  const auto bytes = AddObservation(encoded, batch.journal);
  if (!bytes.ok()) return bytes.status();
  TaskEffects effects;
  const absl::Status status = core.Observe(*bytes, batch.writes, effects);
  if (status.ok()) Merge(std::move(effects), batch);
  return OfCore(status);
}

absl::Status Feeder::Close(Batch& batch) {
  TaskEffects effects;
  const absl::Status status = core.Close(batch.writes, effects);
  if (status.ok()) Merge(std::move(effects), batch);
  return OfCore(status);
}

}  // namespace tocsin::task_internal
