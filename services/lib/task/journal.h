// The input order of one transaction, as the shell writes it and as every replay follows it.
#pragma once

#include <absl/status/statusor.h>

#include "lib/kafka/record.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin {

// Records in succession from one source make one span.
void AddRecord(const SourceId& source, int64_t offset, bool skipped, v1::JournalRecord& journal);

// What was read again of a source, `again`, came to its end at `end`.
void AddEnd(const SourceId& again, int64_t end, v1::JournalRecord& journal);

// Returns what to give to the core: the bytes that a replay will read. Internal if `encoded` is no
// tocsin.v1.Observation.
absl::StatusOr<std::string> AddObservation(const std::string& encoded, v1::JournalRecord& journal);

OutputRecord MakeJournalRecord(const SourceId& target, const std::string& task,
                               const v1::JournalRecord& journal);

// DataLoss if it is none.
absl::StatusOr<v1::JournalRecord> ParseJournalRecord(const InputRecord& record);

}  // namespace tocsin
