#include "lib/task/journal.h"

#include <absl/strings/str_cat.h>

namespace tocsin {
namespace {

// One value has one encoding on both sides: an Observation has no map, and the default is canonical
// enough for a reader of the same schema.
std::string Encode(const v1::Observation& observation) { return observation.SerializeAsString(); }

}  // namespace

void AddRecord(const SourceId& source, int64_t offset, bool skipped, v1::JournalRecord& journal) {
  v1::JournalSpan* span = nullptr;
  if (!journal.steps().empty() && journal.steps().rbegin()->has_span()) {
    v1::JournalSpan* last = journal.mutable_steps()->rbegin()->mutable_span();
    if (last->topic() == source.topic && last->partition() == source.partition) span = last;
  }
  if (span == nullptr) {
    span = journal.add_steps()->mutable_span();
    span->set_topic(source.topic);
    span->set_partition(source.partition);
    span->set_from(offset);
  }
  span->set_to(offset + 1);
  if (skipped) span->add_skipped(offset);
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
