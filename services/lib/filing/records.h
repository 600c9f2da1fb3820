// Events as records of a mission's topic: CloudEvents' binary mode for Kafka.
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/domain/event.h"
#include "lib/filing/view.h"
#include "lib/kafka/record.h"

namespace tocsin {

// A record of `event` for its topic. `partition_key`: what its partition is made from, an event id
// or a feed id.
OutputRecord ToRecord(const Event& event, const SourceId& target, const std::string& partition_key,
                      const std::string& stream, const std::optional<SessionMark>& mark);

struct ParsedRecord {
  Event event;
  std::optional<SessionMark> mark;
};
// InvalidArgument: the bytes are no event of this mission.
absl::StatusOr<ParsedRecord> FromRecord(const InputRecord& record, const MissionId& mission);

}  // namespace tocsin
