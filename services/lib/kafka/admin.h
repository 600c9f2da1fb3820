// Requests about topics as wholes: list, make, read settings. Not for use outside lib/kafka.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/kafka/client_base.h"
#include "lib/kafka/topics.h"

namespace tocsin::kafka_internal {

// One thread.
class Admin final : private Client {
 public:
  using TopicSettings = std::map<std::string, std::map<std::string, std::string>>;

  Admin(const KafkaConfig& config, std::string client_id)
      : Client(config), client_id_(std::move(client_id)) {}

  absl::Status Start();

  struct Found {
    int32_t partitions = 0;
    int32_t replicas = 0;  // the fewest of any partition
  };
  absl::StatusOr<std::map<std::string, Found>> List();

  // A topic that somebody else makes at the same time is no error.
  absl::Status CreateTopics(const std::vector<TopicSpec>& specs, const TopicSettings& settings);

  absl::StatusOr<TopicSettings> ReadSettings(const std::vector<std::string>& topics);

 private:
  const std::string client_id_;
};

}  // namespace tocsin::kafka_internal
