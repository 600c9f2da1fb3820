// Makes topics and checks that those which exist are what the project was built for.
//
// Every topic that is made here begins, in each partition, with one epoch record: a random value
// that tells a topic from another one that later has the same name. Stores and cursors record it.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/kafka/client.h"

namespace tocsin {

inline constexpr std::chrono::milliseconds kKeptForEver{-1};

struct TopicSpec {
  std::string name;
  int32_t partitions = 1;
  int16_t replicas = 1;
  int32_t min_insync_replicas = 1;
  // false: records are deleted when older than `retention`. true: the last record of each key
  // stays.
  bool compacted = false;
  std::chrono::milliseconds retention = kKeptForEver;
  // Compacted topics only: how long every record stays, and how long a tombstone does.
  std::chrono::milliseconds min_compaction_lag{0};
  std::chrono::milliseconds delete_retention{0};
  int64_t max_message_bytes = 1'048'588;
};

// Makes what is missing, with its epoch records, then checks all of it as CheckTopics does. Safe to
// run from several processes at once.
absl::Status EnsureTopics(const KafkaConfig& config, const std::vector<TopicSpec>& specs);

// FailedPrecondition names every topic, setting, value found and value expected that differ in a
// way that matters: another number of partitions, other time stamps or cleanup policy, fewer
// replicas, records that live shorter or may be smaller, no epoch record. Longer retention and
// larger records are accepted.
absl::Status CheckTopics(const KafkaConfig& config, const std::vector<TopicSpec>& specs);

// How long each topic keeps its records; negative (kKeptForEver) where age removes none. NotFound:
// there is no such topic.
absl::StatusOr<std::map<std::string, std::chrono::milliseconds>> ReadRetention(
    const KafkaConfig& config, const std::set<std::string>& topics);

// The topics' epochs. NotFound: there is no such topic. FailedPrecondition: it was not made by
// EnsureTopics. An epoch that retention has removed is empty: such a topic is older than everything
// that is kept of it, so no position in an earlier topic of its name can be inside it.
absl::StatusOr<std::map<std::string, std::string>> ReadEpochs(const KafkaConfig& config,
                                                              const std::set<std::string>& topics);
absl::StatusOr<std::string> ReadEpoch(const KafkaConfig& config, const std::string& topic);

}  // namespace tocsin
