// What a consumer needs of librdkafka's statistics. Not for use outside lib/kafka.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "lib/domain/types.h"

namespace tocsin::kafka_internal {

// For each source whose leader is known and connected: the microseconds since the leader last
// answered anything. Nothing at all if the text is not what it should be.
std::optional<std::map<SourceId, int64_t>> LeaderSilence(std::string_view statistics,
                                                         const std::set<SourceId>& sources);

}  // namespace tocsin::kafka_internal
