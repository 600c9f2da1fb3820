// What the adapters of the comparison with other engines share: librdkafka as thinly as the plain
// pipe of that comparison uses it. docs/performance.md.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace tocsin::bench {

[[noreturn]] inline void Die(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

template <class T, void (*kDestroy)(T*)>
struct Destroy {
  void operator()(T* one) const { kDestroy(one); }
};
template <class T, void (*kDestroy)(T*)>
using Owned = std::unique_ptr<T, Destroy<T, kDestroy>>;

using Client = Owned<rd_kafka_t, &rd_kafka_destroy>;
using Queue = Owned<rd_kafka_queue_t, &rd_kafka_queue_destroy>;
using PartitionList =
    Owned<rd_kafka_topic_partition_list_t, &rd_kafka_topic_partition_list_destroy>;
using Settings = std::vector<std::pair<const char*, std::string>>;

inline Client MakeClient(rd_kafka_type_t type, const Settings& settings) {
  char error[512];
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
      Die(error);
    }
  }
  Client client(rd_kafka_new(type, conf, error, sizeof error));
  if (client == nullptr) Die(error);
  return client;
}

inline void Must(rd_kafka_error_t* error) {
  if (error != nullptr) Die(rd_kafka_error_string(error));
}

// The list with next offsets from where the group stands; from the beginning where it does not.
inline void StartWhereCommitted(rd_kafka_t* consumer, rd_kafka_topic_partition_list_t* list) {
  if (const auto error = rd_kafka_committed(consumer, list, 15'000)) Die(rd_kafka_err2str(error));
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].offset < 0) list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
  }
}

inline int PartitionsOf(rd_kafka_t* client, const std::string& topic) {
  const rd_kafka_metadata_t* found = nullptr;
  rd_kafka_topic_t* const handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  if (const auto error = rd_kafka_metadata(client, 0, handle, &found, 15'000)) {
    Die(rd_kafka_err2str(error));
  }
  const int partitions = found->topic_cnt == 1 ? found->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(found);
  rd_kafka_topic_destroy(handle);
  if (partitions == 0) Die("there is no topic " + topic);
  return partitions;
}

// The time on a clock that all processes share, for the harness.
inline int64_t EpochMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct PeerOptions {
  std::string brokers, from, to, group;
  int missions = 8;
};
// Each runs until SIGTERM.
void RunEvents(const PeerOptions& options);
void RunWarnings(const PeerOptions& options);
// Asked to end.
bool Stopping();

}  // namespace tocsin::bench
