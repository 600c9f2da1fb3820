// What all clients share inside this room: librdkafka's handles as RAII, settings, errors, records.
// Not for use outside lib/kafka.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <librdkafka/rdkafka.h>

#include "lib/base/mutex.h"
#include "lib/kafka/client.h"

namespace tocsin::kafka_internal {

template <auto Destroy>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
template <class T, auto Destroy>
using Owned = std::unique_ptr<T, Deleter<Destroy>>;

using Conf = Owned<rd_kafka_conf_t, &rd_kafka_conf_destroy>;
using Queue = Owned<rd_kafka_queue_t, &rd_kafka_queue_destroy>;
using Error = Owned<rd_kafka_error_t, &rd_kafka_error_destroy>;
using PartitionList =
    Owned<rd_kafka_topic_partition_list_t, &rd_kafka_topic_partition_list_destroy>;
using TopicHandle = Owned<rd_kafka_topic_t, &rd_kafka_topic_destroy>;

inline constexpr int kErrorSeverity = 3;  // syslog

using Settings = std::map<std::string, std::string>;

// A librdkafka client and the callbacks that every client has. It is the client's opaque, so it
// stays where it is.
class Client {
 public:
  explicit Client(const KafkaConfig& config) : config_(config) {}
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* handle() const { return handle_.get(); }
  // OK, or Internal with the fatal error that librdkafka recorded.
  absl::Status FatalError() const;

  // Fetches the topic's metadata before its first use: librdkafka alone would look for an unknown
  // topic only with its timer, up to a second later. Thread-safe.
  void Warm(const std::string& topic);

  // An error of waiting for brokers says only that none answered; this adds what the connections
  // last said, the peer first, and which settings it concerns. Others stay as they are.
  // Thread-safe.
  absl::Status Explained(absl::Status status) const;
  // A broker was reached a short while ago and this client and it refuse each other: waiting longer
  // would not help. Known once errors have been polled. Thread-safe.
  bool IsRefused() const;

 protected:
  // Makes the client: the project's settings first, those of KafkaConfig over them. InvalidArgument
  // names the setting that librdkafka refuses.
  absl::Status Open(rd_kafka_type_t type, Settings settings);
  void Close();
  // Leaves the client alone for good, with its threads: for one that librdkafka could never
  // destroy. It calls nobody any more.
  void Abandon();

  void Log(int severity, const std::string& text) const;
  // An error that passes or that FatalError() keeps; on the thread that polls.
  virtual void OnError(rd_kafka_resp_err_t, const std::string& text) { Log(kErrorSeverity, text); }
  virtual void OnStats(std::string_view) {}
  virtual void OnDelivery(const rd_kafka_message_t&) {}

 private:
  // librdkafka's opaque: outlives this object if the client does.
  struct Context {
    Mutex mutex;
    Client* client ABSL_GUARDED_BY(mutex) = nullptr;
  };

  // What a connection last said.
  struct Trouble {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string text;
    std::chrono::steady_clock::time_point when;
  };
  void NoteTrouble(rd_kafka_resp_err_t error, const std::string& text);
  std::optional<Trouble> RecentTrouble() const;

  static Client* Of(void* opaque) {
    auto* context = static_cast<Context*>(opaque);
    const MutexLock lock(context->mutex);
    return context->client;
  }
  static void LogCallback(const rd_kafka_t* client, int severity, const char* facility,
                          const char* text);
  static void ErrorCallback(rd_kafka_t*, int error, const char* text, void* opaque);
  static int StatsCallback(rd_kafka_t*, char* json, size_t size, void* opaque);
  static void DeliveryCallback(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);

  struct DestroyClient {
    void operator()(rd_kafka_t* client) const {
      // No leaving of a group: nobody here joins one.
      rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
  };
  const KafkaConfig config_;
  mutable Mutex mutex_;
  std::set<std::string> warm_ ABSL_GUARDED_BY(mutex_);
  std::optional<Trouble> trouble_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Context> context_;
  std::unique_ptr<rd_kafka_t, DestroyClient> handle_;
};

absl::Status ToStatus(rd_kafka_resp_err_t error, const std::string& doing);
std::string Describe(const SourceId& source);

PartitionList MakeList(const std::map<SourceId, int64_t>& offsets);
PartitionList MakeList(const CommittedOffsets& offsets);

InputRecord ToRecord(const SourceId& source, const rd_kafka_message_t& message);
bool IsEpoch(const InputRecord& record);
// Hands one record to a producer's queue; `opaque` comes back with its delivery report.
rd_kafka_resp_err_t Enqueue(rd_kafka_t* client, const OutputRecord& record, void* opaque);

absl::StatusOr<std::string> ClusterIdOf(rd_kafka_t* client);
// NotFound if there is no such topic.
absl::StatusOr<int32_t> PartitionCountOf(rd_kafka_t* client, const std::string& topic,
                                         std::chrono::milliseconds wait = std::chrono::seconds(10));

// As Consumer::Create; with `keep_epochs` epoch records are returned like all others.
absl::StatusOr<std::unique_ptr<Consumer>> CreateConsumer(const KafkaConfig& config,
                                                         const std::string& group,
                                                         bool keep_epochs);

}  // namespace tocsin::kafka_internal
