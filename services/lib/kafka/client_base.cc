#include "lib/kafka/client_base.h"

#include <array>
#include <cstdio>
#include <cstring>

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "lib/base/mutex.h"

namespace tocsin::kafka_internal {
namespace {

constexpr int kRequestTimeoutMs = 10'000;
constexpr std::chrono::milliseconds kWarmPatience{2000};
constexpr size_t kErrorTextSize = 512;
// librdkafka repeats an error that lasts every half minute.
constexpr std::chrono::seconds kTroubleIsOver{60};

// What to look at first; the connection's own words follow.
std::string SettingsBehind(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return " (Kafka settings sasl.mechanism, sasl.username, sasl.password)";
    case RD_KAFKA_RESP_ERR__SSL:
      return " (Kafka settings security.protocol, ssl.ca.location)";
    default:
      return " (Kafka settings bootstrap.servers, security.protocol)";
  }
}

}  // namespace

absl::Status Client::Open(rd_kafka_type_t type, Settings settings) {
  Conf conf(rd_kafka_conf_new());
  settings.try_emplace("client.id", "tocsin");
  settings["bootstrap.servers"] = config_.bootstrap_servers;
  settings["socket.nagle.disable"] = "true";
  settings.try_emplace("socket.timeout.ms", "10000");
  settings["socket.keepalive.enable"] = "true";
  settings["socket.connection.setup.timeout.ms"] = "5000";
  // A broker that comes back must be found soon; the defaults wait up to ten seconds.
  settings["reconnect.backoff.ms"] = "50";
  settings["reconnect.backoff.max.ms"] = "1000";
  settings["allow.auto.create.topics"] = "false";
  for (const auto& [name, value] : config_.properties) settings[name] = value;
  std::array<char, kErrorTextSize> text{};
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return absl::InvalidArgumentError(absl::StrCat("Kafka setting ", name, ": ", text.data()));
    }
  }
  context_ = std::make_unique<Context>();
  {
    const MutexLock lock(context_->mutex);
    context_->client = this;
  }
  rd_kafka_conf_set_opaque(conf.get(), context_.get());
  rd_kafka_conf_set_error_cb(conf.get(), &Client::ErrorCallback);
  rd_kafka_conf_set_log_cb(conf.get(), &Client::LogCallback);
  if (type == RD_KAFKA_CONSUMER) {
    rd_kafka_conf_set_stats_cb(conf.get(), &Client::StatsCallback);
  } else {
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &Client::DeliveryCallback);
  }
  rd_kafka_t* client = rd_kafka_new(type, conf.get(), text.data(), text.size());
  if (client == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("Kafka client: ", text.data()));
  }
  (void)conf.release();  // now the client's
  handle_.reset(client);
  return absl::OkStatus();
}

void Client::Close() {
  handle_.reset();
  context_.reset();
}

void Client::Abandon() {
  {
    const MutexLock lock(context_->mutex);
    context_->client = nullptr;
  }
  (void)handle_.release();
  (void)context_.release();
  const MutexLock lock(mutex_);
  warm_.clear();
}

absl::Status Client::FatalError() const {
  std::array<char, kErrorTextSize> text{};
  const rd_kafka_resp_err_t error = rd_kafka_fatal_error(handle_.get(), text.data(), text.size());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("fatal Kafka error ", rd_kafka_err2name(error), ": ", text.data()));
}

void Client::Warm(const std::string& topic) {
  {
    const MutexLock lock(mutex_);
    if (!warm_.insert(topic).second) return;
  }
  // Whether it worked shows in the delivery.
  (void)PartitionCountOf(handle_.get(), topic, kWarmPatience);
}

void Client::NoteTrouble(rd_kafka_resp_err_t error, const std::string& text) {
  // Not what only sums up others, nor what is no matter of a connection.
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      break;
    default:
      return;
  }
  // A certificate that cannot be verified comes now as this error and now as that.
  if (absl::StrContains(text, "SSL routines")) error = RD_KAFKA_RESP_ERR__SSL;
  const MutexLock lock(mutex_);
  trouble_ = Trouble{error, text, std::chrono::steady_clock::now()};
}

std::optional<Client::Trouble> Client::RecentTrouble() const {
  const MutexLock lock(mutex_);
  if (!trouble_ || std::chrono::steady_clock::now() - trouble_->when > kTroubleIsOver) {
    return std::nullopt;
  }
  return trouble_;
}

absl::Status Client::Explained(absl::Status status) const {
  if (!absl::IsUnavailable(status)) return status;
  const std::optional<Trouble> trouble = RecentTrouble();
  if (!trouble) return status;
  return absl::UnavailableError(absl::StrCat(status.message(), "; last trouble with a broker: ",
                                             trouble->text, SettingsBehind(trouble->error)));
}

bool Client::IsRefused() const {
  const std::optional<Trouble> trouble = RecentTrouble();
  return trouble && (trouble->error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                     trouble->error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
                     trouble->error == RD_KAFKA_RESP_ERR__SSL);
}

void Client::LogCallback(const rd_kafka_t* client, int severity, const char* facility,
                         const char* text) {
  auto* context = static_cast<Context*>(rd_kafka_opaque(client));
  if (context == nullptr) return;
  const MutexLock lock(context->mutex);
  if (context->client != nullptr)
    context->client->Log(severity, absl::StrCat(facility, ": ", text));
}

void Client::Log(int severity, const std::string& text) const {
  if (config_.log) {
    config_.log(severity, text);
  } else {
    std::fprintf(stderr, "kafka: %s\n", text.c_str());
  }
}

void Client::ErrorCallback(rd_kafka_t*, int error, const char* text, void* opaque) {
  Client* const client = Of(opaque);
  client->NoteTrouble(static_cast<rd_kafka_resp_err_t>(error), text);
  client->OnError(static_cast<rd_kafka_resp_err_t>(error), text);
}

int Client::StatsCallback(rd_kafka_t*, char* json, size_t size, void* opaque) {
  Of(opaque)->OnStats(std::string_view(json, size));
  return 0;  // librdkafka frees the text
}

void Client::DeliveryCallback(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  Of(opaque)->OnDelivery(*message);
}

absl::Status ToStatus(rd_kafka_resp_err_t error, const std::string& doing) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  const std::string text =
      absl::StrCat(doing, ": ", rd_kafka_err2str(error), " (", rd_kafka_err2name(error), ")");
  switch (error) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__STATE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return absl::InternalError(text);
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return absl::OutOfRangeError(text);
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return absl::NotFoundError(text);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return absl::PermissionDeniedError(text);
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      return absl::InvalidArgumentError(text);
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::UnavailableError(text);
  }
}

std::string Describe(const SourceId& source) {
  return absl::StrCat(source.topic, "[", source.partition, "]");
}

PartitionList MakeList(const std::map<SourceId, int64_t>& offsets) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [source, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), source.topic.c_str(), source.partition)->offset =
        offset;
  }
  return list;
}

PartitionList MakeList(const CommittedOffsets& offsets) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [source, committed] : offsets) {
    rd_kafka_topic_partition_t* const entry =
        rd_kafka_topic_partition_list_add(list.get(), source.topic.c_str(), source.partition);
    entry->offset = committed.next;
    if (committed.note.empty()) continue;
    // The list's own from here on. librdkafka writes it as a string.
    entry->metadata = rd_kafka_mem_malloc(nullptr, committed.note.size());
    entry->metadata_size = committed.note.size();
    std::memcpy(entry->metadata, committed.note.data(), committed.note.size());
  }
  return list;
}

InputRecord ToRecord(const SourceId& source, const rd_kafka_message_t& message) {
  InputRecord record;
  record.source = source;
  record.offset = message.offset;
  if (message.key != nullptr) {
    record.key.assign(static_cast<const char*>(message.key), message.key_len);
  }
  record.tombstone = message.payload == nullptr;
  if (!record.tombstone) {
    record.value.assign(static_cast<const char*>(message.payload), message.len);
  }
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  if (const int64_t ms = rd_kafka_message_timestamp(&message, &type);
      type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) {
    record.logged = FromMicros(ms * 1000);
  }
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers.emplace_back(name, value == nullptr
                                            ? std::string()
                                            : std::string(static_cast<const char*>(value), size));
    }
  }
  return record;
}

bool IsEpoch(const InputRecord& record) {
  for (const auto& [name, value] : record.headers) {
    if (name == kTypeHeader) return value == kEpochType;
  }
  return false;
}

rd_kafka_resp_err_t Enqueue(rd_kafka_t* client, const OutputRecord& record, void* opaque) {
  rd_kafka_headers_t* headers = nullptr;
  if (!record.headers.empty()) {
    headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers) {
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
    }
  }
  // librdkafka copies the payload; its interface only lacks the const.
  void* value = record.tombstone ? nullptr : const_cast<char*>(record.value.data());
  const void* key = record.key.empty() ? nullptr : record.key.data();
  const rd_kafka_resp_err_t error = rd_kafka_producev(
      client, RD_KAFKA_V_TOPIC(record.target.topic.c_str()),
      RD_KAFKA_V_PARTITION(record.target.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(value, record.tombstone ? 0 : record.value.size()),
      RD_KAFKA_V_KEY(key, record.key.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
  // The queue takes the headers only with the message.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && headers != nullptr) rd_kafka_headers_destroy(headers);
  return error;
}

absl::StatusOr<std::string> ClusterIdOf(rd_kafka_t* client) {
  // Any metadata brings it; left alone, rd_kafka_clusterid looks for it once a second.
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, nullptr, &raw, kRequestTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "the cluster's id");
  rd_kafka_metadata_destroy(raw);
  char* id = rd_kafka_clusterid(client, kRequestTimeoutMs);
  if (id == nullptr) return absl::UnavailableError("the cluster's id: no broker answers");
  std::string result(id);
  rd_kafka_mem_free(client, id);
  return result;
}

absl::StatusOr<int32_t> PartitionCountOf(rd_kafka_t* client, const std::string& topic,
                                         std::chrono::milliseconds wait) {
  const TopicHandle handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  if (handle == nullptr) return ToStatus(rd_kafka_last_error(), absl::StrCat("topic ", topic));
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, 0, handle.get(), &raw, static_cast<int>(wait.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(error, absl::StrCat("metadata of topic ", topic));
  }
  const Owned<const rd_kafka_metadata_t, &rd_kafka_metadata_destroy> metadata(raw);
  if (raw->topic_cnt != 1) return absl::NotFoundError(absl::StrCat("there is no topic ", topic));
  const rd_kafka_metadata_topic_t& found = raw->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToStatus(found.err, absl::StrCat("topic ", topic));
  }
  if (found.partition_cnt == 0) {
    return absl::NotFoundError(absl::StrCat("there is no topic ", topic));
  }
  return found.partition_cnt;
}

}  // namespace tocsin::kafka_internal
