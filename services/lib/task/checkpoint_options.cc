#include "lib/task/checkpoint_options.h"

#include <filesystem>

#include <absl/strings/str_cat.h>

#include "lib/kafka/topics.h"
#include "lib/rules/durations.h"
#include "lib/service/service.h"

namespace tocsin {
namespace {

constexpr int64_t kMostKept = 100;

}  // namespace

void AddCheckpointDefaults(nlohmann::json& defaults) {
  // Where the state is copied to every so often: a folder that outlives the machine. Empty: none.
  defaults["checkpoint_dir"] = "";
  defaults["checkpoint_every"] = "5m";
  defaults["checkpoints_kept"] = CheckpointOptions().kept;
}

absl::StatusOr<CheckpointOptions> ParseCheckpointOptions(const nlohmann::json& json) {
  CheckpointOptions options;
  options.dir = json.at("checkpoint_dir").get<std::string>();
  const auto every = DurationOf(json.at("checkpoint_every").get<std::string>());
  if (!every || every->count() <= 0) {
    return absl::InvalidArgumentError("checkpoint_every: must be a duration as 90s, 5m or 1h");
  }
  options.every = std::chrono::duration_cast<std::chrono::milliseconds>(*every);
  options.kept = json.at("checkpoints_kept").get<int64_t>();
  if (options.kept < 1 || options.kept > kMostKept) {
    return absl::InvalidArgumentError(
        absl::StrCat("checkpoints_kept: must be from 1 to ", kMostKept));
  }
  return options;
}

void SetCheckpoints(const CheckpointOptions& options, TaskOptions& task) {
  if (options.dir.empty()) return;
  task.checkpoint_folder = (std::filesystem::path(options.dir) / task.name).string();
  task.checkpoint_every = options.every;
  task.checkpoints_kept = options.kept;
}

absl::Status CheckRetention(const CheckpointOptions& options,
                            const std::map<std::string, std::chrono::milliseconds>& retention) {
  if (options.dir.empty()) return absl::OkStatus();
  const std::chrono::milliseconds needed = 2 * options.kept * options.every;
  std::string problems;
  for (const auto& [topic, kept] : retention) {
    if (kept.count() < 0 || kept >= needed) continue;
    absl::StrAppend(&problems, problems.empty() ? "" : "; ", "topic ", topic, ": retention.ms is ",
                    kept.count(), ", and checkpoints need at least ", needed.count());
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(problems,
                   " (twice checkpoint_every times checkpoints_kept). With less, the "
                   "oldest checkpoints may be of no use: the log may lack what follows"));
}

void WarnOfShortRetention(const KafkaConfig& kafka, const std::set<std::string>& topics,
                          const CheckpointOptions& options) {
  if (options.dir.empty()) return;
  const auto retention = ReadRetention(kafka, topics);
  const absl::Status status =
      retention.ok() ? CheckRetention(options, *retention) : retention.status();
  if (status.ok()) return;
  Log(LogLevel::kError, "topics may be kept for too short a time for the checkpoints",
      {{"reason", std::string(status.message())}});
}

}  // namespace tocsin
