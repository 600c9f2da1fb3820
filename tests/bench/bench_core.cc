// Both cores in one process, with their state in memory, on the workload of the comparison with
// other engines: what the rules themselves cost, beside an engine that keeps no state on disk.
//
//   bench-core --rules DIR --file WORKLOAD --out WARNINGS
//
// Events are decoded beforehand. Prints `inproc EVENTS SECONDS CPU_SECONDS`; writes `RULE CELL T`
// lines.
#include <chrono>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cpu_seconds.h"
#include "lib/backtest/room.h"
#include "lib/packfiles/load.h"
#include "or_die.h"
#include "peer_event.h"
#include "peer_rows.h"

namespace tocsin::bench {
namespace {

class Listener final : public RoomListener {
 public:
  void OnEffects(const CorrelatorEffects& effects) override {
    for (const Warning& warning : effects.warnings) rows.Add(warning);
  }
  PeerRows rows;
};

SourceId SourceOf(const Event& event) {
  const bool sensors = event.type == "bench.heartbeat";
  return {"mission." + event.identity.mission.str() + (sensors ? ".sensors.v1" : ".sitreps.v1"), 0};
}

int Main(int argc, char** argv) {
  CLI::App app{"Both cores in memory on the workload of the comparison"};
  std::string rules, file, out;
  int64_t batch = 2000;
  app.add_option("--rules", rules)->required();
  app.add_option("--file", file, "lines of KEY<TAB>JSON")->required();
  app.add_option("--out", out)->required();
  app.add_option("--batch", batch, "Events of one transaction")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::vector<Event> events;
  std::map<SourceId, Time> accepted;
  std::vector<MissionId> missions;
  for (int m = 0; m < 8; ++m) missions.emplace_back("m" + std::to_string(m));
  Observation seen;
  for (const MissionId& mission : missions) {
    for (const char* stream : {".sensors.v1", ".sitreps.v1"}) {
      SourceTime& source = seen.sources.emplace_back();
      source.source = {"mission." + mission.str() + stream, 0};
      source.status = SourceStatus::kBehind;
    }
  }
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto peer = ParsePeerEvent(std::string_view(line).substr(line.find('\t') + 1));
    if (!peer) OrDie(absl::InvalidArgumentError("a line is no event of the benchmark"));
    const auto add = [&](Event event, const SourceId& source) {
      Time& last = accepted[source];
      event.accepted = last = std::max(last, event.observed.from);
      events.push_back(std::move(event));
    };
    if (peer->type != "end") {
      Event event = ToEvent(*peer);
      add(event, SourceOf(event));
      continue;
    }
    for (const SourceTime& source : seen.sources) {
      Event event = ToEvent(*peer);
      event.identity.mission = MissionId(source.source.topic.substr(8, 2));
      const bool sensors = source.source.topic.find("sensors") != std::string::npos;
      event.type = sensors ? "bench.heartbeat" : event.type;  // for SourceOf; no sensor, no key
      add(event, source.source);
    }
  }

  Listener listener;
  const auto room = OrDie(Room::Open({4, ClockMode::kScenario, std::chrono::hours(1)},
                                     OrDie(LoadPackFiles(rules)), missions, listener));
  room->Observe(seen);
  const auto began = std::chrono::steady_clock::now();
  const double cpu_began = CpuSeconds();
  for (size_t i = 0; i < events.size(); ++i) {
    OrDie(room->Step(SourceOf(events[i]), events[i]));
    if ((i + 1) % static_cast<size_t>(batch) == 0 || i + 1 == events.size()) OrDie(room->Close());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << "inproc " << events.size() << " " << took.count() << " " << CpuSeconds() - cpu_began
            << std::endl;
  std::ofstream rows(out);
  for (const PeerRow& row : listener.rows.Take()) {
    rows << row.rule << " " << row.cell << " " << row.time_ms << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
