// Where an event is when: reads the topics between ingest and gateway beside them, and writes when
// what each warning came of was where.
//
//   bench-tap --brokers B --missions a,b --out FILE
//
// Reads the missions' reports, the keyed records and the warnings from their beginning, committed
// records alone, until it is told to end (SIGTERM); only then does it decode them. Writes one JSON
// object for each emission that an event brought about: the times in microseconds since 1970 at
// which the mission's record, the first keyed record of the event, and the warning were appended by
// the broker (of milliseconds) and were there for a reader of committed records, this one.
#include <array>
#include <atomic>
#include <csignal>
#include <deque>
#include <fstream>
#include <map>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "peer_kafka.h"
#include "tocsin/v1/event.pb.h"
#include "tocsin/v1/keyed.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::bench {
namespace {

constexpr size_t kAtOnce = 2000;
constexpr const char* kKeyed = "fusion.keyed.v1";
constexpr const char* kWarnings = "fusion.warnings.v1";

std::atomic<bool> ended = false;

int64_t EpochMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Times {
  int64_t appended_us = 0;
  int64_t visible_us = 0;
};
struct Seen {
  Times times;
  std::string value;
};
struct Topics {
  std::deque<Seen> reports, keyed, warnings;
};
using EventName = std::pair<std::string, std::string>;  // mission, id

Topics ReadUntilEnded(const std::string& brokers, const std::vector<std::string>& missions) {
  const Client consumer = MakeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                         {"group.id", "bench-tap"},
                                                         {"enable.auto.commit", "false"},
                                                         {"isolation.level", "read_committed"},
                                                         {"queued.max.messages.kbytes", "8192"},
                                                         {"fetch.wait.max.ms", "100"}});
  rd_kafka_poll_set_consumer(consumer.get());
  std::vector<std::string> names = {kKeyed, kWarnings};
  for (const std::string& mission : missions) names.push_back("mission." + mission + ".sitreps.v1");
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(names.size())));
  for (const std::string& name : names) {
    const int partitions = PartitionsOf(consumer.get(), name);
    for (int p = 0; p < partitions; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), p)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
  }
  if (const auto error = rd_kafka_assign(consumer.get(), list.get())) Die(rd_kafka_err2str(error));
  const Queue queue(rd_kafka_queue_get_consumer(consumer.get()));
  Topics topics;
  std::array<rd_kafka_message_t*, kAtOnce> messages{};
  while (!ended) {
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue.get(), 5, messages.data(), messages.size());
    const int64_t now = EpochMicros();
    for (ssize_t i = 0; i < count; ++i) {
      const Owned<rd_kafka_message_t, &rd_kafka_message_destroy> message(
          messages[static_cast<size_t>(i)]);
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        Die(std::string("reading: ") + rd_kafka_message_errstr(message.get()));
      }
      const std::string_view topic = rd_kafka_topic_name(message->rkt);
      auto& seen = topic == kKeyed      ? topics.keyed
                   : topic == kWarnings ? topics.warnings
                                        : topics.reports;
      seen.push_back({{rd_kafka_message_timestamp(message.get(), nullptr) * 1000, now},
                      std::string(static_cast<const char*>(message->payload), message->len)});
    }
  }
  return topics;
}

EventName NameOf(const v1::Identity& identity) { return {identity.mission(), identity.id()}; }

nlohmann::json ToJson(const Times& times) {
  return {{"appended_us", times.appended_us}, {"visible_us", times.visible_us}};
}

void Write(const Topics& topics, std::ostream& out) {
  std::map<EventName, Times> reports, keyed;
  for (const Seen& seen : topics.reports) {
    v1::Event event;
    if (event.ParseFromString(seen.value)) {
      reports.emplace(EventName(event.mission(), event.id()), seen.times);
    }
  }
  for (const Seen& seen : topics.keyed) {
    v1::KeyedRecord record;
    if (record.ParseFromString(seen.value) && record.has_insert()) {
      keyed.emplace(NameOf(record.insert().event().identity()), seen.times);
    }
  }
  for (const Seen& seen : topics.warnings) {
    v1::WarningsRecord record;
    if (!record.ParseFromString(seen.value) || !record.warning().has_caused_by()) continue;
    const v1::Warning& warning = record.warning();
    const auto report = reports.find(NameOf(warning.caused_by()));
    const auto key = keyed.find(NameOf(warning.caused_by()));
    if (report == reports.end() || key == keyed.end()) continue;
    out << nlohmann::json{{"id", warning.id()},
                          {"revision", warning.revision()},
                          {"report", ToJson(report->second)},
                          {"keyed", ToJson(key->second)},
                          {"warning", ToJson(seen.times)}}
               .dump()
        << "\n";
  }
}

int Main(int argc, char** argv) {
  CLI::App app{"Where events are when"};
  std::string brokers, out;
  std::vector<std::string> missions;
  app.add_option("--brokers", brokers)->required();
  app.add_option("--missions", missions)->required()->delimiter(',');
  app.add_option("--out", out)->required();
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { ended = true; });
  const Topics topics = ReadUntilEnded(brokers, missions);
  std::ofstream file(out);
  Write(topics, file);
  return file.flush() ? 0 : 1;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
