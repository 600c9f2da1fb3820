// bench-peer warnings: warnings of the three rules as the benchmark's JSON, each once, in
// transactions with the offsets read.
#include <array>

#include "lib/wire/wire.h"
#include "peer_kafka.h"
#include "peer_rows.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::bench {
namespace {

constexpr size_t kAtOnce = 2000;
std::string JsonOf(const PeerRow& row) {
  return "{\"rule\":\"" + row.rule + "\",\"cell\":" + std::to_string(row.cell) +
         ",\"t\":" + std::to_string(row.time_ms) + ",\"emission\":\"" + row.emission + "\"}";
}

}  // namespace

void RunWarnings(const PeerOptions& options) {
  const std::string group = options.group + ".warnings";
  const Client consumer = MakeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", options.brokers},
                                                         {"group.id", group},
                                                         {"enable.auto.commit", "false"},
                                                         {"isolation.level", "read_committed"},
                                                         {"queued.max.messages.kbytes", "4096"},
                                                         {"fetch.wait.max.ms", "50"}});
  const Client producer = MakeClient(
      RD_KAFKA_PRODUCER,
      {{"bootstrap.servers", options.brokers}, {"transactional.id", group}, {"linger.ms", "0"}});
  Must(rd_kafka_init_transactions(producer.get(), 30'000));
  rd_kafka_poll_set_consumer(consumer.get());
  const int partitions = PartitionsOf(consumer.get(), options.from);
  const PartitionList list(rd_kafka_topic_partition_list_new(partitions));
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), options.from.c_str(), p);
  }
  StartWhereCommitted(consumer.get(), list.get());
  if (const auto error = rd_kafka_assign(consumer.get(), list.get())) Die(rd_kafka_err2str(error));
  const Queue queue(rd_kafka_queue_get_consumer(consumer.get()));
  const Owned<rd_kafka_consumer_group_metadata_t, &rd_kafka_consumer_group_metadata_destroy>
      metadata(rd_kafka_consumer_group_metadata_new(group.c_str()));
  PeerRows rows;
  v1::WarningsRecord record;
  std::array<rd_kafka_message_t*, kAtOnce> messages{};
  while (!Stopping()) {
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue.get(), 20, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      const Owned<rd_kafka_message_t, &rd_kafka_message_destroy> message(
          messages[static_cast<size_t>(i)]);
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        Die(std::string("reading: ") + rd_kafka_message_errstr(message.get()));
      }
      list->elems[message->partition].offset = message->offset + 1;
      if (record.ParseFromArray(message->payload, static_cast<int>(message->len)) &&
          record.has_warning()) {
        const absl::StatusOr<Warning> warning = FromProto(record.warning());
        if (!warning.ok()) Die(std::string(warning.status().message()));
        rows.Add(*warning);
      }
    }
    const std::vector<PeerRow> told = rows.Take();
    if (told.empty()) continue;
    Must(rd_kafka_begin_transaction(producer.get()));
    for (const PeerRow& row : told) {
      const std::string key = std::to_string(row.cell);
      std::string value = JsonOf(row);
      const auto error = rd_kafka_producev(
          producer.get(), RD_KAFKA_V_TOPIC(options.to.c_str()),
          RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(value.data(), value.size()),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) Die(rd_kafka_err2str(error));
    }
    Must(rd_kafka_send_offsets_to_transaction(producer.get(), list.get(), metadata.get(), 10'000));
    Must(rd_kafka_commit_transaction(producer.get(), 10'000));
  }
}

}  // namespace tocsin::bench
