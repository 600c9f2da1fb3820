// What an engine has written, read back as any reader of committed records would.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/kafka/client.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::faults {

using Positions = std::map<SourceId, int64_t>;

// A topic from its first record to its end, in order within each partition; by partition. The end
// is that of the moment: ask when nobody writes any more.
absl::StatusOr<std::map<int32_t, std::vector<InputRecord>>> ReadTopic(const KafkaConfig& kafka,
                                                                      const std::string& topic);

// One record of fusion.warnings.v1 that is a warning.
struct Emission {
  std::string warning;
  int32_t revision = 0;
  std::string bytes;  // of the whole warning, as it was written
  friend auto operator<=>(const Emission&, const Emission&) = default;
};

// In the order of its partition; InvalidArgument if a record cannot be read.
absl::StatusOr<std::vector<Emission>> EmissionsOf(const std::vector<InputRecord>& records);

// What is written for one keyed partition by a core with an empty state that is fed these records.
absl::StatusOr<std::vector<Emission>> RunFreshCore(const std::vector<InputRecord>& keyed,
                                                   int32_t partition, int32_t keyed_partitions,
                                                   int32_t warnings_partitions,
                                                   int32_t matches_partitions);

// What stands in the end, each with its content only: no ids, numbers, revisions, nor what caused
// it. Cancelled warnings stand no more; expired ones do, as history.
struct Standing {
  std::string rule;
  bool expired = false;
  std::string content;  // canonical bytes
  v1::Warning warning;  // for people
};
absl::StatusOr<std::vector<Standing>> StandingOf(const std::vector<Emission>& emissions);

// What is wrong with the numbers of the emissions: an emission id that comes twice, a warning whose
// revisions do not count 1, 2, 3, ... One line each; empty: nothing.
std::vector<std::string> CheckEmissions(const std::vector<Emission>& emissions);

// The same of the router's journal: every one of the `events` that were written to the inputs, up
// to `loaded`, was fed once and in order, and no transaction is missing or there twice.
absl::StatusOr<std::vector<std::string>> CheckJournal(const std::vector<InputRecord>& journal,
                                                      const Positions& loaded, int64_t events);

}  // namespace tocsin::faults
