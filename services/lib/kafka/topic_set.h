// The topics of a deployment: their names, and what each must be like.
#pragma once

#include <string>
#include <vector>

#include "lib/base/ids.h"
#include "lib/kafka/topics.h"

namespace tocsin {

inline constexpr char kRulesTopic[] = "fusion.rules.v1";
inline constexpr char kKeyedTopic[] = "fusion.keyed.v1";
inline constexpr char kJournalTopic[] = "fusion.journal.v1";
// Warnings that rules select, on their way back through the router.
inline constexpr char kMatchesTopic[] = "fusion.matches.v1";
inline constexpr char kWarningsTopic[] = "fusion.warnings.v1";
inline constexpr char kReceiptsTopic[] = "fusion.receipts.v1";
inline constexpr char kAuditTopic[] = "fusion.audit.v1";
inline constexpr char kDeadLettersTopic[] = "fusion.dead-letters.v1";

// mission.<id>.sitreps.v1 and so on.
std::string SitrepsTopic(const MissionId& mission);
std::string SensorsTopic(const MissionId& mission);
std::string ActionsTopic(const MissionId& mission);
// What ingest refused, with its bytes: the mission's own.
std::string MissionDeadLettersTopic(const MissionId& mission);

struct TopicSetOptions {
  std::vector<MissionId> missions;
  int32_t mission_partitions = 2;  // of sitreps and of sensors
  int32_t keyed_partitions = 4;    // correlator tasks
  int32_t matches_partitions = 1;  // or as many as router tasks
  int32_t warnings_partitions = 4;
  int32_t router_tasks = 1;  // partitions of the journal
  int16_t replicas = 1;
  int32_t min_insync_replicas = 1;
};

std::vector<TopicSpec> ProjectTopics(const TopicSetOptions& options);

}  // namespace tocsin
