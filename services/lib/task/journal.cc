#include "lib/task/journal.h"

#include <absl/strings/str_cat.h>

namespace tocsin {
namespace {

// One value has one encoding on both sides: an Observation has no map, and the default is canonical
// enough for a reader of the same schema.
std::string Encode(const v1::Observation& observation) { return observation.SerializeAsString(); }

// The span that more of `source` belongs to, if the last step is one.
v1::JournalSpan* OpenSpan(const SourceId& source, v1::JournalRecord& journal) {
  if (journal.steps().empty() || !journal.steps().rbegin()->has_span()) return nullptr;
  v1::JournalSpan* last = journal.mutable_steps()->rbegin()->mutable_span();
  const bool same = last->topic() == source.topic && last->partition() == source.partition;
  return same && !last->has_end() ? last : nullptr;
}

v1::JournalSpan* NewSpan(const SourceId& source, int64_t from, v1::JournalRecord& journal) {
  v1::JournalSpan* span = journal.add_steps()->mutable_span();
  span->set_topic(source.topic);
  span->set_partition(source.partition);
  span->set_from(from);
  span->set_to(from);
  return span;
}

}  // namespace

void AddRecord(const SourceId& source, int64_t offset, bool skipped, v1::JournalRecord& journal) {
  v1::JournalSpan* span = OpenSpan(source, journal);
  if (span == nullptr) span = NewSpan(source, offset, journal);
  span->set_to(offset + 1);
  if (skipped) span->add_skipped(offset);
}

void AddEnd(const SourceId& again, int64_t end, v1::JournalRecord& journal) {
  v1::JournalSpan* span = OpenSpan(again, journal);
  if (span == nullptr) span = NewSpan(again, end, journal);
  span->set_end(end);
}

absl::StatusOr<std::string> AddObservation(const std::string& encoded, v1::JournalRecord& journal) {
  v1::Observation observation;
  if (!observation.ParseFromString(encoded)) {
    return absl::InternalError("the core encoded an observation that is no tocsin.v1.Observation");
  }
  *journal.add_steps()->mutable_observation() = observation;
  return Encode(observation);
}

OutputRecord MakeJournalRecord(const SourceId& target, const std::string& task,
                               const v1::JournalRecord& journal) {
  OutputRecord output;
  output.target = target;
  output.key = task;
  output.value = journal.SerializeAsString();
  output.headers = {{"ce_specversion", "1.0"},
                    {"ce_type", "tocsin.journal.v1"},
                    {"ce_source", absl::StrCat("/tocsin/", task)},
                    {"ce_id", absl::StrCat(task, "/", journal.sequence())},
                    {"content-type", "application/protobuf"}};
  return output;
}

absl::StatusOr<v1::JournalRecord> ParseJournalRecord(const InputRecord& record) {
  v1::JournalRecord journal;
  if (record.tombstone || !journal.ParseFromString(record.value)) {
    return absl::DataLossError(absl::StrCat(record.source.topic, "[", record.source.partition,
                                            "] at ", record.offset, " is no journal record"));
  }
  return journal;
}

}  // namespace tocsin
