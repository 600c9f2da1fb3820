// What a deployment may set about the router. See Spec() for every key and its default.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/kafka/client.h"
#include "lib/routing/router.h"
#include "lib/service/service.h"
#include "lib/task/checkpoint_options.h"

namespace tocsin {

struct RouterServiceOptions {
  std::string ops_address;
  int ops_port = 0;
  KafkaConfig kafka;
  std::string state_dir;
  RouterTask router;  // which of how many
  std::string task;   // also the transactional id, and the name of its dead letters
  std::string group;  // where input offsets are committed: each router task has its own
  std::vector<MissionId> missions;
  std::vector<MissionId> live_missions;
  ClockMode clock = ClockMode::kWall;
  Duration margin{0};
  int64_t reread_per_second = 5000;  // records read a second time, while rules backfill
  std::string rules_dir;             // empty: whatever fusion.rules.v1 activates
  std::string fail_point;            // for tests: lib/task/fail_point.h
  CheckpointOptions checkpoints;
  LogLevel log_level = LogLevel::kInfo;
};

OptionsSpec RouterOptionsSpec();

// InvalidArgument: one problem a line, each with its key.
absl::StatusOr<RouterServiceOptions> ParseRouterOptions(const nlohmann::json& json);

}  // namespace tocsin
