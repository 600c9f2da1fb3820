#include "lib/kafka/topic_set.h"

#include <algorithm>

#include <absl/strings/str_cat.h>

namespace tocsin {
namespace {

using Days = std::chrono::days;

// Longer than the longest rule window and the longest allowed lateness together (docs/rules.md), so
// that state can be rebuilt from the log; a year and a month for the quarterly and yearly
// assessments.
constexpr Days kRecordRetention{400};
// A warning's older revisions stay this long for cursors that lag, tombstones longer.
constexpr Days kWarningsLag{30};
constexpr Days kTombstoneRetention{90};

std::string MissionTopic(const MissionId& mission, const std::string& what) {
  return absl::StrCat("mission.", mission.str(), ".", what, ".v1");
}

}  // namespace

std::string SitrepsTopic(const MissionId& mission) { return MissionTopic(mission, "sitreps"); }
std::string SensorsTopic(const MissionId& mission) { return MissionTopic(mission, "sensors"); }
std::string ActionsTopic(const MissionId& mission) { return MissionTopic(mission, "actions"); }
std::string MissionDeadLettersTopic(const MissionId& mission) {
  return MissionTopic(mission, "dead-letters");
}

std::vector<TopicSpec> ProjectTopics(const TopicSetOptions& options) {
  std::vector<TopicSpec> topics;
  const auto add = [&](std::string name, int32_t partitions) -> TopicSpec& {
    TopicSpec& topic = topics.emplace_back();
    topic.name = std::move(name);
    topic.partitions = partitions;
    topic.replicas = options.replicas;
    topic.min_insync_replicas = options.min_insync_replicas;
    topic.retention = kRecordRetention;
    return topic;
  };
  for (const MissionId& mission : options.missions) {
    add(SitrepsTopic(mission), options.mission_partitions);
    add(SensorsTopic(mission), options.mission_partitions);
    // A warning's life is a function of the actions alone, and a warning may stay open for any
    // time.
    add(ActionsTopic(mission), 1).retention = kKeptForEver;
    add(MissionDeadLettersTopic(mission), 1);
  }
  // Only the last activation counts at a start, but a replay needs those that were in effect
  // before.
  TopicSpec& rules = add(kRulesTopic, 1);
  rules.compacted = true;
  rules.min_compaction_lag = kRecordRetention;
  rules.delete_retention = kRecordRetention;
  add(kKeyedTopic, options.keyed_partitions);
  add(kJournalTopic, options.router_tasks);
  // Each router task has its own: of the journal, and of what comes back to it.
  add(kMatchesTopic, std::max(options.matches_partitions, options.router_tasks));
  TopicSpec& warnings = add(kWarningsTopic, options.warnings_partitions);
  warnings.compacted = true;
  warnings.min_compaction_lag = kWarningsLag;
  warnings.delete_retention = kTombstoneRetention;
  add(kReceiptsTopic, 1);
  // One hash chain per writer, from its first link on.
  add(kAuditTopic, 1).retention = kKeptForEver;
  add(kDeadLettersTopic, 1);
  return topics;
}

}  // namespace tocsin
