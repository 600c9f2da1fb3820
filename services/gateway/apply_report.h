// What came of reading records into the view: for metrics and logs, no content.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/domain/types.h"
#include "lib/lifecycle/storm.h"

namespace tocsin::gateway {

// What came of a batch of records, for metrics and logs.
struct ApplyReport {
  struct DeadLetter {
    SourceId source;
    int64_t offset = 0;
    std::string sha256;  // of the record's value
    std::string cause;
  };
  int64_t warnings = 0;
  int64_t evaluations = 0;
  int64_t tombstones = 0;
  int64_t repeated = 0;  // an emission that the view already has, or one older than the last
  std::map<std::string, int64_t> actions;  // by outcome
  std::vector<DeadLetter> dead_letters;
  std::set<WarningId> touched;  // warnings that are otherwise than before, or whose lives are
  bool centre = false;          // what holds at this JOC as a whole is otherwise
  std::vector<Alarm> alarms;
  // Correlator tasks heard in each partition of the warnings topic: (keyed, partition).
  std::vector<std::pair<int32_t, int32_t>> heard;
};

}  // namespace tocsin::gateway
