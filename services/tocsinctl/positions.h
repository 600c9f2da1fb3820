// Positions in source partitions, and whether the engine has evaluated up to them.
#pragma once

#include <map>
#include <string>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

// The next offset after the last that matters, for each partition.
using Positions = std::map<SourceId, int64_t>;

// What play --positions writes: a JSON list of topic, partition and offset.
absl::StatusOr<Positions> ParsePositions(const std::string& json);

// Waits for all that follows from what lies before some positions.
class EvaluationWait {
 public:
  EvaluationWait(Positions positions, int32_t keyed_partitions)
      : positions_(std::move(positions)), keyed_partitions_(keyed_partitions) {}

  // What is still missing in the words of the operator; empty once every correlator task has read
  // every partition to its position, what they found by then has come back to all rules that rest
  // on it (docs/decisions/0021), and nothing waits to be sent. Heartbeats come in order.
  std::string MissingIn(const v1::Heartbeat& heartbeat);

 private:
  const Positions positions_;
  const int32_t keyed_partitions_;
  int64_t beat_ = 0;  // by which all have read everything; 0: they have not
};

}  // namespace tocsin::ctl
