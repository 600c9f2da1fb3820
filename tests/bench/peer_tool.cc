// Tocsin's adapters in the comparison with other engines (tests/bench/peers).
//
//   bench-peer topics   --brokers B --missions 8 --partitions 4        the project's topics
//   bench-peer events   --brokers B --from bench.events --group G      JSON -> missions' topics
//   bench-peer warnings --brokers B --to bench.warnings.x --group G    warnings -> JSON
#include <csignal>
#include <iostream>

#include <CLI/CLI.hpp>

#include "lib/kafka/topic_set.h"
#include "lib/kafka/topics.h"
#include "peer_kafka.h"

namespace tocsin::bench {
namespace {

volatile std::sig_atomic_t stopping = 0;

void MakeTopics(const PeerOptions& options, int partitions) {
  TopicSetOptions topics;
  for (int m = 0; m < options.missions; ++m) {
    topics.missions.emplace_back("m" + std::to_string(m));
  }
  topics.mission_partitions = 1;
  topics.keyed_partitions = partitions;
  const absl::Status status = EnsureTopics({options.brokers, {}, {}}, ProjectTopics(topics));
  if (!status.ok()) Die(std::string(status.message()));
}

int Main(int argc, char** argv) {
  CLI::App app{"Tocsin's adapters in the comparison with other engines"};
  app.require_subcommand(1);
  PeerOptions options;
  int partitions = 4;
  options.from = "fusion.warnings.v1";
  CLI::App* const topics = app.add_subcommand("topics", "Make the project's topics");
  CLI::App* const events = app.add_subcommand("events", "The benchmark's events to the missions");
  CLI::App* const warnings = app.add_subcommand("warnings", "Warnings to the benchmark's form");
  for (CLI::App* command : {topics, events, warnings}) {
    command->add_option("--brokers", options.brokers)->required();
  }
  for (CLI::App* command : {topics, events}) {
    command->add_option("--missions", options.missions);
  }
  for (CLI::App* command : {events, warnings}) {
    command->add_option("--group", options.group)->required();
  }
  topics->add_option("--partitions", partitions, "of fusion.keyed.v1");
  events->add_option("--from", options.from)->required();
  warnings->add_option("--to", options.to)->required();
  CLI11_PARSE(app, argc, argv);
  for (const int number : {SIGTERM, SIGINT}) {
    std::signal(number, [](int) { stopping = 1; });
  }
  if (*topics) MakeTopics(options, partitions);
  if (*events) RunEvents(options);
  if (*warnings) RunWarnings(options);
  return 0;
}

}  // namespace

bool Stopping() { return stopping != 0; }

}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
