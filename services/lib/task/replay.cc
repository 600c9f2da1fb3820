#include "lib/task/replay.h"

#include <algorithm>
#include <iterator>

#include <absl/strings/str_cat.h>

#include "lib/task/blocked.h"
#include "lib/task/journal.h"

namespace tocsin::task_internal {
namespace {

constexpr std::chrono::milliseconds kWait{100};
// Ahead of the journal's order at most so many records of one source are held.
constexpr size_t kReadAhead = 500;

std::string Name(const SourceId& source) {
  return absl::StrCat(source.topic, "[", source.partition, "]");
}

int64_t OffsetOr(const std::map<SourceId, int64_t>& offsets, const SourceId& source,
                 int64_t otherwise) {
  const auto it = offsets.find(source);
  return it == offsets.end() ? otherwise : it->second;
}

}  // namespace

absl::Status Replay::Broken(std::string_view reason, const std::string& text) const {
  return Blocked(reason, absl::StrCat("the state in ", folder,
                                      " cannot be brought up to the committed offsets: ", text,
                                      ". Restore the topics, or begin anew"));
}

absl::Status Replay::Run(const std::map<SourceId, int64_t>& committed) {
  const TaskPosition start = ReadPosition(store);
  for (const auto& [source, next] : start.next) {
    const bool is_input = std::find(inputs.begin(), inputs.end(), source) != inputs.end();
    const int64_t other = OffsetOr(committed, source, -1);
    if (is_input && next > other) {
      return Broken(kOffsetsMoved,
                    absl::StrCat("it has read ", Name(source), " up to ", next, ", but only ",
                                 std::max<int64_t>(other, 0), " is committed"));
    }
  }
  absl::Status status;
  if (journal.has_value()) {
    status = ByJournal(*journal, start);
  } else if (!committed.empty()) {
    status = ByOffset(inputs.front(), committed.begin()->second, start);
  }
  if (!status.ok()) return status;
  const TaskPosition end = ReadPosition(store);
  for (const SourceId& source : inputs) {
    const int64_t state = OffsetOr(end.next, source, -1);
    const int64_t log = OffsetOr(committed, source, -1);
    if (state < 0 && begins_anew) continue;
    if (state != log) {
      return Broken(kOffsetsMoved, absl::StrCat("after the replay it stands at ", state, " of ",
                                                Name(source), ", but ", log, " is committed"));
    }
  }
  return store.health();
}

absl::Status Replay::ByOffset(const SourceId& input, int64_t end, TaskPosition position) {
  int64_t next = OffsetOr(position.next, input, -1);
  if (next >= end) return absl::OkStatus();
  if (next < 0) {
    const auto marks = consumer.Watermarks(input);
    if (!marks.ok()) return marks.status();
    if (marks->first > 0 && !begins_anew) {
      return Broken(kLogCut, absl::StrCat("it is empty, and ", Name(input), " begins only at ",
                                          marks->first));
    }
    next = Consumer::kBeginning;
  }
  absl::Status status = consumer.Assign({{input, next}});
  if (!status.ok()) return status;
  for (bool done = false; !done;) {
    if (stop.stop_requested()) return absl::CancelledError("stopped during a replay");
    const auto polled = consumer.PollSource(input, max_batch, kWait);
    if (!polled.ok()) return polled.status();
    Batch batch(store, ReadPosition(store));
    for (const InputRecord& record : polled->records) {
      if (record.offset >= end) {
        done = true;
        break;
      }
      status = feeder.Feed(record, feeder.guard.ShouldSkip(input, record.offset), batch);
      if (!status.ok()) return status;
      done = record.offset + 1 == end;
    }
    // Records that compaction has removed are not missed: the end of the log ends the replay, too.
    done |= polled->at_end.contains(input);
    if (done) batch.after.next[input] = end;
    if (batch.records == 0 && !done) continue;
    status = feeder.Close(batch);
    if (status.ok()) status = Apply(batch);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Replay::ByJournal(const SourceId& journal_source, TaskPosition position) {
  std::map<SourceId, int64_t> offsets;
  for (const SourceId& source : inputs) {
    offsets[source] = OffsetOr(position.next, source, Consumer::kBeginning);
  }
  offsets[journal_source] =
      position.journal_offset < 0 ? Consumer::kBeginning : position.journal_offset;
  absl::Status status = consumer.Assign(offsets);
  if (!status.ok()) return status;
  Ahead ahead;
  while (true) {
    if (stop.stop_requested()) return absl::CancelledError("stopped during a replay");
    const auto polled = consumer.PollSource(journal_source, 100, kWait);
    if (!polled.ok()) return polled.status();
    for (const InputRecord& record : polled->records) {
      const auto steps = ParseJournalRecord(record);
      if (!steps.ok()) return steps.status();
      Batch batch(store, position);
      if (steps->sequence() != position.journal_sequence) {
        return Broken(kLogCut, absl::StrCat("it needs record ", position.journal_sequence,
                                            " of the journal ", Name(journal_source),
                                            ", which goes on with ", steps->sequence()));
      }
      status = Follow(*steps, ahead, batch);
      if (status.ok()) status = feeder.Close(batch);
      if (!status.ok()) return status;
      batch.after.journal_sequence = steps->sequence() + 1;
      batch.after.journal_offset = record.offset + 1;
      status = Apply(batch);
      if (!status.ok()) return status;
      position = batch.after;
    }
    if (polled->at_end.contains(journal_source)) return absl::OkStatus();
  }
}

absl::Status Replay::Follow(const v1::JournalRecord& steps, Ahead& ahead, Batch& batch) {
  for (const v1::JournalStep& step : steps.steps()) {
    const absl::Status status = step.has_observation()
                                    ? feeder.Observe(step.observation().SerializeAsString(), batch)
                                    : FollowSpan(step.span(), ahead, batch);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Replay::FollowSpan(const v1::JournalSpan& span, Ahead& ahead, Batch& batch) {
  const SourceId source{span.topic(), span.partition()};
  const std::optional<SourceId> original = OriginalOf(source);
  const SourceId& input = original.has_value() ? *original : source;
  const bool is_input = std::find(inputs.begin(), inputs.end(), input) != inputs.end();
  // What is not read again to its end, as the input is none any more, needs no log for that.
  if (span.from() < span.to() && !is_input) {
    const absl::Status status = FindLeft(input);
    if (!status.ok()) return status;
  }
  for (int64_t next = span.from(); next < span.to();) {
    auto record =
        original.has_value() || !is_input ? again.Next(input, next, stop) : Next(source, ahead);
    if (!record.ok()) return record.status();
    // Only the first is sure to be where it was: markers and compaction leave gaps between others.
    if (!record->has_value() || (*record)->offset >= span.to() ||
        (next == span.from() && (*record)->offset != next)) {
      return Broken(kLogCut, absl::StrCat("offset ", next, " of ", Name(input),
                                          ", which the journal names, is no longer in the log"));
    }
    (*record)->source = source;
    const int64_t offset = (*record)->offset;
    const bool skipped =
        std::find(span.skipped().begin(), span.skipped().end(), offset) != span.skipped().end();
    const absl::Status status = feeder.Feed(**record, skipped, batch);
    if (!status.ok()) return status;
    next = offset + 1;
  }
  if (span.has_end()) feeder.End(source, span.end(), batch);
  return absl::OkStatus();
}

absl::Status Replay::FindLeft(const SourceId& input) {
  if (left.contains(input)) return absl::OkStatus();
  const auto partitions = consumer.PartitionCount(input.topic);
  if (!partitions.ok() && !absl::IsNotFound(partitions.status())) return partitions.status();
  if (!partitions.ok() || input.partition >= *partitions) {
    return Broken(kLogCut, absl::StrCat("the journal names ", Name(input),
                                        ", which is among the task's inputs no more, and is gone"));
  }
  left.insert(input);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<InputRecord>> Replay::Next(const SourceId& source, Ahead& ahead) {
  std::vector<InputRecord>& held = ahead[source];
  while (held.empty()) {
    if (stop.stop_requested()) return absl::CancelledError("stopped during a replay");
    auto polled = consumer.PollSource(source, kReadAhead, kWait);
    if (!polled.ok()) return polled.status();
    held = std::move(polled->records);
    // Popped from the back.
    std::reverse(held.begin(), held.end());
    if (held.empty() && polled->at_end.contains(source)) return std::nullopt;
  }
  InputRecord record = std::move(held.back());
  held.pop_back();
  return record;
}

absl::Status Replay::Apply(Batch& batch) {
  if (!store.health().ok()) return store.health();
  records += batch.records;
  WritePosition(batch.before, batch.after, batch.writes);
  return store.Apply(batch.writes.Take());
}

}  // namespace tocsin::task_internal
