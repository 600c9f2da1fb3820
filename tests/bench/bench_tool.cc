// The benchmark's clients of Kafka: load a workload, copy it as the floor does, wait for the
// engine.
//
//   bench-tool load  --brokers B --missions a,b --events N --positions FILE [--first N]
//   bench-tool pipe  --brokers B --missions a,b --events N --to TOPIC --every 20
//   bench-tool await --brokers B --positions FILE --partitions K
//
// Each prints one JSON object.
#include <chrono>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "lib/base/hash.h"
#include "lib/kafka/client.h"
#include "lib/kafka/transactional.h"
#include "lib/wire/wire.h"
#include "or_die.h"
#include "tocsin/v1/warning.pb.h"
#include "workload.h"

namespace tocsin::bench {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<SourceId> MissionPartitions(Consumer& consumer,
                                        const std::vector<std::string>& missions) {
  std::vector<SourceId> sources;
  for (const std::string& mission : missions) {
    for (const char* stream : {"sitreps", "sensors"}) {
      const std::string topic = "mission." + mission + "." + stream + ".v1";
      const int32_t partitions = OrDie(consumer.PartitionCount(topic));
      for (int32_t p = 0; p < partitions; ++p) sources.push_back({topic, p});
    }
  }
  return sources;
}

struct Options {
  std::string brokers, positions, to;
  std::vector<std::string> missions;
  int64_t events = 100'000;
  int64_t first = 0;
  int32_t partitions = 4;
  int every_ms = 20;
};

std::map<SourceId, int64_t> ReadPositions(const std::string& path) {
  std::ifstream file(path);
  std::map<SourceId, int64_t> positions;
  for (const json& entry : json::parse(file)) {
    positions[{entry.at("topic"), entry.at("partition")}] = entry.at("offset");
  }
  return positions;
}

json Load(const Options& options) {
  const KafkaConfig config{options.brokers, {}};
  auto consumer = OrDie(Consumer::Create(config, "bench"));
  std::map<std::string, int32_t> counts;
  for (const SourceId& source : MissionPartitions(*consumer, options.missions)) {
    counts[source.topic] = std::max(counts[source.topic], source.partition + 1);
  }
  Workload workload{1, {}};
  for (const std::string& mission : options.missions) workload.missions.emplace_back(mission);
  auto producer = OrDie(Producer::Create(config, "bench-load"));
  std::mutex mutex;
  std::map<SourceId, int64_t> next;
  if (options.first > 0) next = ReadPositions(options.positions);
  const auto start = Clock::now();
  for (int64_t n = options.first; n < options.first + options.events; ++n) {
    const Event event = workload.At(n);
    const bool sensor = Workload::IsSensor(event);
    OutputRecord record;
    record.target.topic =
        "mission." + event.identity.mission.str() + (sensor ? ".sensors.v1" : ".sitreps.v1");
    record.key = sensor ? event.attributes.at("feed") : event.identity.id.str();
    record.target.partition = PartitionOf(record.key, counts.at(record.target.topic));
    record.value = ToProto(event).SerializeAsString();
    const SourceId target = record.target;
    const auto done = [&mutex, &next, target](absl::StatusOr<int64_t> offset) {
      const std::lock_guard lock(mutex);
      int64_t& position = next[target];
      position = std::max(position, OrDie(std::move(offset)) + 1);
    };
    absl::Status put = producer->Produce(record, done);
    while (absl::IsResourceExhausted(put)) {
      std::ignore = producer->Flush(std::chrono::milliseconds(50));
      put = producer->Produce(record, done);
    }
    OrDie(put);
  }
  OrDie(producer->Flush(std::chrono::seconds(60)));
  json positions = json::array();
  for (const auto& [source, offset] : next) {
    positions.push_back(
        {{"topic", source.topic}, {"partition", source.partition}, {"offset", offset}});
  }
  std::ofstream(options.positions) << positions.dump(1) << "\n";
  return {{"events", options.events}, {"seconds", SecondsSince(start)}};
}

// The floor: consume and produce every record unread, offsets and output in one transaction, as a
// task does, but no decoding, no state and no rules.
json Pipe(const Options& options) {
  const KafkaConfig config{options.brokers, {}};
  auto consumer = OrDie(Consumer::Create(config, "bench-pipe"));
  std::map<SourceId, int64_t> assignment;
  for (const SourceId& source : MissionPartitions(*consumer, options.missions)) {
    assignment[source] = Consumer::kBeginning;
  }
  OrDie(consumer->Assign(assignment));
  const int32_t partitions = OrDie(consumer->PartitionCount(options.to));
  auto producer = OrDie(TransactionalProducer::Create(config, {.id = "bench-pipe"}));
  OrDie(producer->Init());
  int64_t copied = 0, transactions = 0;
  Clock::time_point start;
  while (copied < options.events) {
    OrDie(producer->Begin());
    const auto until = Clock::now() + std::chrono::milliseconds(options.every_ms);
    CommittedOffsets offsets;
    while (Clock::now() < until && copied < options.events) {
      auto polled = OrDie(consumer->Poll(5000, std::chrono::milliseconds(5)));
      for (InputRecord& record : polled.records) {
        if (copied == 0) start = Clock::now();
        offsets[record.source].next = record.offset + 1;
        OutputRecord out;
        out.target = {options.to, PartitionOf(record.key, partitions)};
        out.key = std::move(record.key);
        out.value = std::move(record.value);
        OrDie(producer->Produce(out));
        ++copied;
      }
    }
    OrDie(producer->SendOffsets(offsets, "bench-pipe"));
    OrDie(producer->Commit());
    ++transactions;
  }
  const double seconds = SecondsSince(start);
  return {{"events", copied},
          {"seconds", seconds},
          {"events_per_second", static_cast<double>(copied) / seconds},
          {"transactions", transactions}};
}

// Waits until every correlator task has evaluated everything up to the positions.
json Await(const Options& options) {
  const std::map<SourceId, int64_t> wanted = ReadPositions(options.positions);
  auto consumer = OrDie(Consumer::Create({options.brokers, {}}, "bench-await"));
  const std::string topic = "fusion.warnings.v1";
  const int32_t partitions = OrDie(consumer->PartitionCount(topic));
  std::map<SourceId, int64_t> assignment;
  for (int32_t p = 0; p < partitions; ++p) assignment[{topic, p}] = Consumer::kBeginning;
  OrDie(consumer->Assign(assignment));
  const auto start = Clock::now();
  std::set<int32_t> done;
  std::set<std::string> warnings;
  int64_t emissions = 0;
  while (static_cast<int32_t>(done.size()) < options.partitions) {
    if (SecondsSince(start) > 900) {
      std::cerr << "error: the engine did not get there within 900 s\n";
      std::exit(1);
    }
    auto polled = OrDie(consumer->Poll(1000, std::chrono::milliseconds(20)));
    for (const InputRecord& record : polled.records) {
      v1::WarningsRecord proto;
      if (!proto.ParseFromString(record.value)) continue;
      if (proto.has_warning()) {
        ++emissions;
        warnings.insert(proto.warning().id());
      }
      if (!proto.has_evaluated()) continue;
      std::map<SourceId, int64_t> read;
      for (const v1::SourceTime& source : proto.evaluated().tick().sources()) {
        read[{source.source().topic(), source.source().partition()}] = source.source().offset();
      }
      bool all = true;
      for (const auto& [source, offset] : wanted) {
        const auto it = read.find(source);
        all = all && it != read.end() && it->second >= offset;
      }
      if (all) done.insert(proto.evaluated().keyed_partition());
    }
  }
  return {{"waited_seconds", SecondsSince(start)},
          {"warnings", warnings.size()},
          {"emissions", emissions}};
}

int Main(int argc, char** argv) {
  CLI::App app{"The benchmark's clients of Kafka"};
  app.require_subcommand(1);
  Options options;
  const auto common = [&](CLI::App* command) {
    command->add_option("--brokers", options.brokers)->required();
    return command;
  };
  CLI::App* load = common(app.add_subcommand("load", "Write a workload to the missions' topics"));
  CLI::App* pipe = common(app.add_subcommand("pipe", "Copy it in transactions: the floor"));
  CLI::App* await = common(app.add_subcommand("await", "Wait until the engine has evaluated it"));
  for (CLI::App* command : {load, pipe}) {
    command->add_option("--missions", options.missions)->required()->delimiter(',');
    command->add_option("--events", options.events);
  }
  for (CLI::App* command : {load, await}) {
    command->add_option("--positions", options.positions)->required();
  }
  pipe->add_option("--to", options.to)->required();
  pipe->add_option("--every", options.every_ms, "milliseconds between commits");
  load->add_option("--first", options.first,
                   "number of the first one: those before are there, and in the positions");
  await->add_option("--partitions", options.partitions, "partitions of fusion.keyed.v1");
  CLI11_PARSE(app, argc, argv);
  const json result = *load ? Load(options) : *pipe ? Pipe(options) : Await(options);
  std::cout << result.dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
