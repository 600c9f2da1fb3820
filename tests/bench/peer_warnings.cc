// bench-peer warnings: warnings of the three rules as the benchmark's JSON, each once, in
// transactions with the offsets read. A warning here is an episode; the benchmark names it by one
// time: the start of the window, each attack that ends a sequence, the last heartbeat.
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "peer_kafka.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::bench {
namespace {

constexpr size_t kAtOnce = 2000;
constexpr int64_t kWindowMs = 60'000;

// What was told of one key and rule: an episode is told again with each revision.
using Told = std::map<std::string, std::set<int64_t>>;

class Rows {
 public:
  struct Row {
    std::string key, value;
  };

  void Add(const v1::Warning& warning) {
    const std::string& rule = warning.rule_id();
    const bool begins = warning.message_type() == v1::MESSAGE_TYPE_ALERT;
    const int64_t from = warning.episode().from_us() / 1000;
    if (rule == "r1" && begins) AddRow("R1", warning, "square", from / kWindowMs * kWindowMs);
    if (rule == "r3" && begins) AddRow("R3", warning, "sensor", from);
    if (rule != "r2" || warning.message_type() == v1::MESSAGE_TYPE_CANCEL) return;
    std::set<int64_t>& told = told_[warning.key().at("square")];
    for (const v1::Evidence& item : warning.evidence()) {
      if (item.selection() != "attack") continue;
      const int64_t time = item.observed().from_us() / 1000;
      if (told.insert(time).second) AddRow("R2", warning, "square", time);
    }
  }
  std::vector<Row> Take() { return std::exchange(rows_, {}); }

 private:
  void AddRow(const char* rule, const v1::Warning& warning, const char* field, int64_t time) {
    // "1591", or "s-1591".
    std::string_view place = warning.key().at(field);
    place.remove_prefix(place.rfind('-') == std::string_view::npos ? 0 : place.rfind('-') + 1);
    int64_t cell = -1;
    std::from_chars(place.data(), place.data() + place.size(), cell);
    const std::string key = std::to_string(cell);
    rows_.push_back({key, std::string("{\"rule\":\"") + rule + "\",\"cell\":" + key +
                              ",\"t\":" + std::to_string(time) + ",\"warning\":\"" + warning.id() +
                              "/" + std::to_string(warning.revision()) + "\"}"});
  }

  Told told_;
  std::vector<Row> rows_;
};

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
  Rows rows;
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
        rows.Add(record.warning());
      }
    }
    const std::vector<Rows::Row> told = rows.Take();
    if (told.empty()) continue;
    Must(rd_kafka_begin_transaction(producer.get()));
    for (const Rows::Row& row : told) {
      const auto error =
          rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(options.to.c_str()),
                            RD_KAFKA_V_KEY(row.key.data(), row.key.size()),
                            RD_KAFKA_V_VALUE(const_cast<char*>(row.value.data()), row.value.size()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) Die(rd_kafka_err2str(error));
    }
    Must(rd_kafka_send_offsets_to_transaction(producer.get(), list.get(), metadata.get(), 10'000));
    Must(rd_kafka_commit_transaction(producer.get(), 10'000));
  }
}

}  // namespace tocsin::bench
