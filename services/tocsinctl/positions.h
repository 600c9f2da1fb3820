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

// What is still missing in the words of the operator; empty once every one of `keyed_partitions`
// correlator tasks has read every partition to its position, and nothing waits to be sent.
std::string MissingFor(const Positions& positions, int32_t keyed_partitions,
                       const v1::Heartbeat& heartbeat);

}  // namespace tocsin::ctl
