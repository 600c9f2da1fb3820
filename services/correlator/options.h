// What a deployment may set about the correlator. See CorrelatorOptionsSpec() for keys and
// defaults.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/kafka/client.h"
#include "lib/service/service.h"
#include "lib/task/checkpoint_options.h"

namespace tocsin {

struct CorrelatorOptions {
  std::string ops_address;
  int ops_port = 0;
  KafkaConfig kafka;
  std::string state_dir;            // a folder below it for each partition
  std::string group;                // where input offsets are committed
  std::vector<int32_t> partitions;  // of fusion.keyed.v1; empty: all
  // Of all partitions together: blocks of the stores, entries as they were read, writes.
  size_t cache_bytes = 0;
  size_t read_cache_bytes = 0;
  size_t write_buffer_bytes = 0;
  std::string fail_point;  // for tests: lib/task/fail_point.h
  CheckpointOptions checkpoints;
  LogLevel log_level = LogLevel::kInfo;
};

OptionsSpec CorrelatorOptionsSpec();

// InvalidArgument names the key.
absl::StatusOr<CorrelatorOptions> ParseCorrelatorOptions(const nlohmann::json& json);

}  // namespace tocsin
