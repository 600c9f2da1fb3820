// bench-peer events: the benchmark's JSON events as records of the missions' topics.
//
// The partitions are played as one order of time, as a mission's ingest would have met the events:
// next comes the record of the partition whose greatest time so far is least. What is late in its
// partition stays late. A partition that has been at its end for half a second is not waited for.
// Accept time is stamped as under the scenario clock: the event's own, never less than the last of
// that topic. Delivery is at least once; the router knows an event again by its identity.
#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <optional>
#include <string_view>

#include "lib/base/hash.h"
#include "peer_event.h"
#include "peer_kafka.h"
#include "tocsin/v1/event.pb.h"

namespace tocsin::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kIdle{500};
constexpr size_t kAtOnce = 1000;

using Message = Owned<rd_kafka_message_t, &rd_kafka_message_destroy>;

struct Read {
  Message message;
  PeerEvent event;
};

struct Source {
  Queue queue;
  std::deque<Read> read;
  int64_t greatest = 0;  // time
  Clock::time_point last = Clock::now();
  bool at_end = false;  // of what is in its log now
  bool ended = false;   // the closing record was in it
};

class Events {
 public:
  explicit Events(const PeerOptions& options)
      : options_(options),
        consumer_(MakeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", options.brokers},
                                                 {"group.id", options.group + ".events"},
                                                 {"enable.auto.offset.store", "false"},
                                                 {"auto.commit.interval.ms", "1000"},
                                                 {"enable.partition.eof", "true"},
                                                 {"isolation.level", "read_committed"},
                                                 {"queued.max.messages.kbytes", "2048"},
                                                 {"fetch.message.max.bytes", "262144"},
                                                 {"fetch.wait.max.ms", "50"}})),
        producer_(MakeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", options.brokers},
                                                 {"enable.idempotence", "true"},
                                                 {"acks", "all"},
                                                 {"linger.ms", "5"},
                                                 {"queue.buffering.max.messages", "20000"},
                                                 {"queue.buffering.max.kbytes", "16384"}})) {
    rd_kafka_poll_set_consumer(consumer_.get());
    const int partitions = PartitionsOf(consumer_.get(), options.from);
    const PartitionList list(rd_kafka_topic_partition_list_new(partitions));
    for (int p = 0; p < partitions; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), options.from.c_str(), p);
      Source& source = sources_.emplace_back();
      source.queue.reset(rd_kafka_queue_get_partition(consumer_.get(), options.from.c_str(), p));
      rd_kafka_queue_forward(source.queue.get(), nullptr);
    }
    StartWhereCommitted(consumer_.get(), list.get());
    if (const auto error = rd_kafka_assign(consumer_.get(), list.get())) {
      Die(rd_kafka_err2str(error));
    }
    for (int m = 0; m < options.missions; ++m) {
      const std::string mission = "m" + std::to_string(m);
      for (const char* stream : {"sitreps", "sensors"}) {
        Target& target = targets_.emplace_back();
        const std::string topic = "mission." + mission + "." + stream + ".v1";
        target.partitions = PartitionsOf(producer_.get(), topic);
        target.topic = rd_kafka_topic_new(producer_.get(), topic.c_str(), nullptr);
        target.mission = mission;
        target.last.assign(static_cast<size_t>(target.partitions), 0);
      }
    }
  }
  ~Events() {
    for (const Target& target : targets_) rd_kafka_topic_destroy(target.topic);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  void Run() {
    std::printf("ready\n");
    std::fflush(stdout);
    while (!Stopping()) {
      Source* const next = Next();
      rd_kafka_poll(producer_.get(), 0);
      if (next == nullptr) continue;
      // A little at a time, so that deliveries are seen.
      for (int i = 0; i < 64; ++i) {
        Source* const source = i == 0 ? next : Next(false);
        if (source == nullptr) break;
        Play(*source);
      }
    }
    rd_kafka_flush(producer_.get(), 5000);
  }

 private:
  struct Target {
    rd_kafka_topic_t* topic = nullptr;
    std::string mission;
    int partitions = 0;
    std::vector<int64_t> last;  // accept time by partition, ms
  };

  void Fill(Source& source, int wait_ms) {
    std::array<rd_kafka_message_t*, kAtOnce> messages{};
    const ssize_t count =
        rd_kafka_consume_batch_queue(source.queue.get(), wait_ms, messages.data(), kAtOnce);
    for (ssize_t i = 0; i < count; ++i) {
      Message message(messages[static_cast<size_t>(i)]);
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        source.at_end = true;
        continue;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        Die(std::string("reading: ") + rd_kafka_message_errstr(message.get()));
      }
      const std::optional<PeerEvent> event =
          ParsePeerEvent({static_cast<const char*>(message->payload), message->len});
      if (!event) Die("a record is no event of the benchmark");
      if (!first_seen_) {
        first_seen_ = true;
        std::printf("first %lld\n", static_cast<long long>(EpochMillis()));
        std::fflush(stdout);
      }
      source.read.push_back({std::move(message), *event});
      source.at_end = false;
      source.last = Clock::now();
    }
  }

  // The source to go on with; null if one has to be waited for.
  Source* Next(bool wait = true) {
    Source* next = nullptr;
    for (Source& source : sources_) {
      if (source.read.empty()) {
        Fill(source, 0);
        const auto waited_for = [&source] {
          return source.read.empty() && !source.ended &&
                 !(source.at_end && Clock::now() - source.last > kIdle);
        };
        if (wait && waited_for()) Fill(source, 1);
        if (waited_for()) return nullptr;
        if (source.read.empty()) continue;
      }
      const int64_t time = std::max(source.greatest, source.read.front().event.t);
      if (next == nullptr || time < std::max(next->greatest, next->read.front().event.t)) {
        next = &source;
      }
    }
    if (next == nullptr && wait) rd_kafka_consumer_poll(consumer_.get(), 1);
    return next;
  }

  void Play(Source& source) {
    const Read read = std::move(source.read.front());
    source.read.pop_front();
    const PeerEvent& event = read.event;
    source.greatest = std::max(source.greatest, event.t);
    if (event.type == "end") {
      // It is in every partition, and so it is on every topic.
      source.ended = true;
      for (size_t i = 0; i < targets_.size(); ++i) {
        Write(event, i, "end-" + std::to_string(read.message->partition));
      }
    } else {
      const bool sensors = event.type == "heartbeat";
      char id[24];
      char* const end = std::to_chars(id, id + sizeof id, event.id).ptr;
      Write(event, static_cast<size_t>(event.mission) * 2 + (sensors ? 1 : 0), {id, end});
    }
    rd_kafka_offset_store(read.message->rkt, read.message->partition, read.message->offset);
  }

  void Write(const PeerEvent& event, size_t to, std::string_view id) {
    Target& target = targets_[to];
    const std::string_view key = event.sensor.empty() ? id : event.sensor;
    const int32_t partition = PartitionOf(key, target.partitions);
    int64_t& accepted = target.last[static_cast<size_t>(partition)];
    accepted = std::max(accepted, event.t);
    Encode(event, target.mission, id, accepted);
    while (rd_kafka_produce(target.topic, partition, RD_KAFKA_MSG_F_COPY, value_.data(),
                            value_.size(), key.data(), key.size(), nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        Die(rd_kafka_err2str(rd_kafka_last_error()));
      }
      rd_kafka_poll(producer_.get(), 1);
    }
  }

  // As an ingest writes it, but without the headers, which no task reads.
  void Encode(const PeerEvent& event, const std::string& mission, std::string_view id,
              int64_t accepted) {
    v1::Event& out = event_;
    out.set_mission(mission);
    out.set_id(id.data(), id.size());
    out.set_revision(1);
    out.set_revision_kind(v1::REVISION_KIND_FILE);
    out.set_status(v1::STATUS_EXERCISE);
    out.set_exercise_id("BENCH");
    out.mutable_type()->assign("bench.").append(event.type);
    out.set_nature(v1::NATURE_OBSERVED);
    auto* const observed = out.mutable_observed();
    observed->mutable_interval()->set_from_us(event.t * 1000);
    observed->mutable_interval()->set_to_us(event.t * 1000);
    observed->set_precision(v1::TIME_PRECISION_INSTANT);
    observed->set_zone("UTC");
    out.set_reported_us(event.t * 1000);
    out.set_accepted_us(accepted * 1000);
    auto* const point = out.mutable_place()->mutable_point();
    point->set_latitude(event.lat);
    point->set_longitude(event.lon);
    out.mutable_source()->set_kind(event.sensor.empty() ? "person" : "sensor");
    out.mutable_source()->mutable_protected_id()->assign(event.source);
    auto* const label = out.mutable_label();
    label->set_originator(mission);
    label->set_classification(v1::CLASSIFICATION_UNCLASSIFIED);
    label->set_tlp(v1::TLP_AMBER);
    if (label->releasable_to_size() == 0) label->add_releasable_to("*");
    out.clear_actors();
    out.clear_texts();
    out.clear_attributes();
    auto& attributes = *out.mutable_attributes();
    if (!event.sensor.empty()) {
      attributes["sensor"].assign(event.sensor);
    } else {
      attributes["square"] = std::to_string(event.cell);
      out.add_actors()->set_name("actor-" + std::to_string(event.actor));
    }
    if (!event.text.empty()) {
      auto* const text = out.add_texts();
      text->set_language("en");
      text->mutable_text()->assign(event.text);
    }
    out.SerializeToString(&value_);
  }

  const PeerOptions options_;
  const Client consumer_, producer_;
  std::deque<Source> sources_;
  std::deque<Target> targets_;
  bool first_seen_ = false;
  v1::Event event_;
  std::string value_;
};

}  // namespace

void RunEvents(const PeerOptions& options) { Events(options).Run(); }

}  // namespace tocsin::bench
