// Both cores alone: in one process, on one thread, with their state in memory, without Kafka,
// RocksDB and encoding. What the rules themselves cost.
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cpu_seconds.h"
#include "lib/backtest/room.h"
#include "lib/base/hash.h"
#include "lib/packfiles/load.h"
#include "or_die.h"
#include "workload.h"

namespace tocsin::bench {
namespace {

class Counter final : public RoomListener {
 public:
  void OnKeyed(const RouterEffects::Keyed& keyed) override {
    if (const auto* insert = std::get_if<Insert>(&keyed.record)) copies += std::ssize(insert->keys);
  }
  void OnEffects(const CorrelatorEffects& effects) override {
    emissions += std::ssize(effects.warnings);
  }
  int64_t copies = 0, emissions = 0;
};

int Main(int argc, char** argv) {
  CLI::App app{"Both cores in memory: what the rules cost"};
  std::string rules = "rules";
  int64_t count = 300'000;
  int64_t batch = 2000;
  app.add_option("--rules", rules, "Rules folder")->capture_default_str();
  app.add_option("--events", count)->capture_default_str();
  app.add_option("--batch", batch, "Events of one transaction")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  Workload workload;
  for (const char* mission : {"binuca", "minurcat", "monusco", "unamid", "unmis"}) {
    workload.missions.emplace_back(mission);
  }
  std::vector<Event> events;
  events.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) events.push_back(workload.At(i));

  Counter counter;
  const auto room = OrDie(Room::Open({4, ClockMode::kScenario, std::chrono::minutes(1)},
                                     OrDie(LoadPackFiles(rules)), workload.missions, counter));
  const auto source_of = [](const Event& event) {
    return SourceId{"mission." + event.identity.mission.str() +
                        (Workload::IsSensor(event) ? ".sensors.v1" : ".sitreps.v1"),
                    0};
  };
  Observation seen;
  for (const MissionId& mission : workload.missions) {
    for (const char* stream : {".sensors.v1", ".sitreps.v1"}) {
      SourceTime& source = seen.sources.emplace_back();
      source.source = {"mission." + mission.str() + stream, 0};
      source.status = SourceStatus::kBehind;
    }
  }
  room->Observe(seen);
  const double began = CpuSeconds();
  for (int64_t i = 0; i < count; ++i) {
    const Event& event = events[static_cast<size_t>(i)];
    OrDie(room->Step(source_of(event), event));
    if ((i + 1) % batch == 0 || i + 1 == count) OrDie(room->Close());
  }
  const double seconds = CpuSeconds() - began;
  std::cout << nlohmann::json{{"events", count},
                              {"cpu_seconds", seconds},
                              {"events_per_cpu_second", static_cast<double>(count) / seconds},
                              {"copies", counter.copies},
                              {"emissions", counter.emissions}}
                   .dump()
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
