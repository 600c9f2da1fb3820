// What a service's options say about checkpoints, and what topics must be like for them.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/kafka/client.h"
#include "lib/task/task_runner.h"

namespace tocsin {

struct CheckpointOptions {
  std::string dir;  // a folder below it for each task; empty: no checkpoints
  std::chrono::milliseconds every{300'000};
  int64_t kept = 3;
};

// checkpoint_dir, checkpoint_every, checkpoints_kept.
void AddCheckpointDefaults(nlohmann::json& defaults);
// InvalidArgument names the key.
absl::StatusOr<CheckpointOptions> ParseCheckpointOptions(const nlohmann::json& json);

// Into the options of the task that is named there.
void SetCheckpoints(const CheckpointOptions& options, TaskOptions& task);

// FailedPrecondition names each topic that is kept for less than twice the age of the oldest
// checkpoint: what follows it would be gone before a task that was away for as long could read it.
// Negative retention: for ever. Without checkpoints there is nothing to check.
absl::Status CheckRetention(const CheckpointOptions& options,
                            const std::map<std::string, std::chrono::milliseconds>& retention);

// Asks the brokers, and says in the log, as an error, what CheckRetention says.
void WarnOfShortRetention(const KafkaConfig& kafka, const std::set<std::string>& topics,
                          const CheckpointOptions& options);

}  // namespace tocsin
