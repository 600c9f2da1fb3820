#include "lib/kafka/admin.h"

#include <array>
#include <chrono>

#include <absl/strings/str_cat.h>

namespace tocsin::kafka_internal {
namespace {

constexpr int kAdminTimeoutMs = 30'000;
constexpr int kListSliceMs = 2'000;

using Event = Owned<rd_kafka_event_t, &rd_kafka_event_destroy>;

template <class Request>
absl::StatusOr<Event> Run(rd_kafka_t* client, rd_kafka_admin_op_t operation, Request request) {
  const Queue queue(rd_kafka_queue_new(client));
  const Owned<rd_kafka_AdminOptions_t, &rd_kafka_AdminOptions_destroy> options(
      rd_kafka_AdminOptions_new(client, operation));
  std::array<char, 512> text{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAdminTimeoutMs, text.data(),
                                            text.size());
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), kAdminTimeoutMs, text.data(),
                                                text.size());
  }
  request(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), kAdminTimeoutMs + 5000));
  if (event == nullptr) return absl::UnavailableError("no broker answered an admin request");
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(error, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

}  // namespace

absl::Status Admin::Start() { return Open(RD_KAFKA_PRODUCER, {{"client.id", client_id_}}); }

absl::StatusOr<std::map<std::string, Admin::Found>> Admin::List() {
  const rd_kafka_metadata_t* raw = nullptr;
  // In slices: whoever mistyped a password is told at once.
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kAdminTimeoutMs);
  while (true) {
    const absl::Status listed =
        ToStatus(rd_kafka_metadata(handle(), 1, nullptr, &raw, kListSliceMs), "listing topics");
    if (listed.ok()) break;
    rd_kafka_poll(handle(), 0);  // the errors of connections come with it
    if (!absl::IsUnavailable(listed) || IsRefused() ||
        std::chrono::steady_clock::now() >= deadline) {
      return Explained(listed);
    }
  }
  const Owned<const rd_kafka_metadata_t, &rd_kafka_metadata_destroy> metadata(raw);
  std::map<std::string, Found> topics;
  for (int i = 0; i < raw->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = raw->topics[i];
    if (topic.partition_cnt == 0) continue;
    Found& found = topics[topic.topic];
    found.partitions = topic.partition_cnt;
    found.replicas = topic.partitions[0].replica_cnt;
    for (int p = 1; p < topic.partition_cnt; ++p) {
      found.replicas = std::min(found.replicas, topic.partitions[p].replica_cnt);
    }
  }
  return topics;
}

absl::Status Admin::CreateTopics(const std::vector<TopicSpec>& specs,
                                 const TopicSettings& settings) {
  if (specs.empty()) return absl::OkStatus();
  std::vector<Owned<rd_kafka_NewTopic_t, &rd_kafka_NewTopic_destroy>> owned;
  std::vector<rd_kafka_NewTopic_t*> topics;
  std::array<char, 512> text{};
  for (const TopicSpec& spec : specs) {
    owned.emplace_back(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, spec.replicas,
                                             text.data(), text.size()));
    if (owned.back() == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("topic ", spec.name, ": ", text.data()));
    }
    for (const auto& [name, value] : settings.at(spec.name)) {
      rd_kafka_NewTopic_set_config(owned.back().get(), name.c_str(), value.c_str());
    }
    topics.push_back(owned.back().get());
  }
  const auto event =
      Run(handle(), RD_KAFKA_ADMIN_OP_CREATETOPICS, [&](const auto* options, auto* queue) {
        rd_kafka_CreateTopics(handle(), topics.data(), topics.size(), options, queue);
      });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* reason = rd_kafka_topic_result_error_string(results[i]);
    return ToStatus(error, absl::StrCat("making topic ", rd_kafka_topic_result_name(results[i]),
                                        reason == nullptr ? "" : absl::StrCat(" (", reason, ")")));
  }
  return absl::OkStatus();
}

absl::StatusOr<Admin::TopicSettings> Admin::ReadSettings(const std::vector<std::string>& topics) {
  TopicSettings settings;
  if (topics.empty()) return settings;
  std::vector<Owned<rd_kafka_ConfigResource_t, &rd_kafka_ConfigResource_destroy>> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const std::string& topic : topics) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    resources.push_back(owned.back().get());
  }
  const auto event =
      Run(handle(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, [&](const auto* options, auto* queue) {
        rd_kafka_DescribeConfigs(handle(), resources.data(), resources.size(), options, queue);
      });
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(results[i]);
    const rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(results[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus(error, absl::StrCat("reading the settings of topic ", name));
    }
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** found = rd_kafka_ConfigResource_configs(results[i], &entries);
    for (size_t e = 0; e < entries; ++e) {
      const char* value = rd_kafka_ConfigEntry_value(found[e]);
      settings[name][rd_kafka_ConfigEntry_name(found[e])] = value == nullptr ? "" : value;
    }
  }
  return settings;
}

}  // namespace tocsin::kafka_internal
