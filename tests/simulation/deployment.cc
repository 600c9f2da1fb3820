#include "deployment.h"

#include <utility>

#include "correlator/task_core.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/routing/pack_testing.h"

namespace tocsin::simulation {
namespace {

std::string RouterName(int32_t router) { return StrCat("router-", router); }
std::string CorrelatorName(int32_t partition) { return StrCat("correlator-", partition); }

}  // namespace

Shape RandomShape(Random& random) {
  const auto between = [&](int32_t least, int32_t most) {
    return static_cast<int32_t>(random.Between(least, most));
  };
  Shape shape;
  if (random.OneIn(3)) shape.router_tasks = random.OneIn(4) ? 3 : 2;
  const int32_t routers = shape.router_tasks;
  // Every router task has something to read; of sensors there may be fewer.
  shape.sitreps_partitions = between(routers, routers + 1);
  shape.sensors_partitions = random.OneIn(4) ? 1 : routers;
  shape.keyed_partitions = between(1, 3);
  shape.warnings_partitions = between(1, 2);
  shape.matches_partitions = between(routers, routers == 1 ? 1 : routers + 1);
  shape.clock = random.OneIn(2) ? ClockMode::kWall : ClockMode::kScenario;
  return shape;
}

std::vector<MissionId> Missions() { return {MissionId("east"), MissionId("west")}; }

void MakeTopics(const Shape& shape, Log& log) {
  log.Make(kRulesTopic, 1);
  log.Make(kMatchesTopic, shape.matches_partitions);
  for (const MissionId& mission : Missions()) {
    log.Make(SitrepsTopic(mission), shape.sitreps_partitions);
    log.Make(SensorsTopic(mission), shape.sensors_partitions);
  }
  log.Make(kKeyedTopic, shape.keyed_partitions);
  log.Make(kJournalTopic, shape.router_tasks);
  log.Make(kWarningsTopic, shape.warnings_partitions);
  log.Make(kDeadLettersTopic, 1);
}

RouterSources SourcesOf(const Shape& shape, int32_t router, const FleetWeakness& weakness,
                        const std::vector<MissionId>& missions) {
  RouterSources sources;
  const auto add = [&](const std::string& topic, int32_t partitions, bool of_time) {
    for (int32_t p = 0; p < partitions; ++p) {
      // The last one of each topic, if the missions' have as many.
      if (weakness.gap && of_time && p > 0 && p + 1 == partitions) continue;
      if (p % shape.router_tasks == router) {
        sources.own.insert({topic, p});
      } else if (of_time && shape.clock == ClockMode::kScenario) {
        sources.heeded.insert({topic, p});
      }
    }
  };
  sources.own.insert({kRulesTopic, 0});
  add(kMatchesTopic, shape.matches_partitions, false);
  for (const MissionId& mission : missions) {
    add(SitrepsTopic(mission), shape.sitreps_partitions, true);
    add(SensorsTopic(mission), shape.sensors_partitions, true);
  }
  return sources;
}

TaskOptions RouterTaskOptions(const Shape& shape, int32_t router, const FleetWeakness& weakness,
                              const std::vector<MissionId>& missions) {
  const RouterSources sources = SourcesOf(shape, router, weakness, missions);
  TaskOptions options;
  options.name = options.transactional_id = RouterName(router);
  options.group = router == 0 || weakness.one_group ? "router" : StrCat("router-", router);
  options.inputs.assign(sources.own.begin(), sources.own.end());
  options.inputs.insert(options.inputs.end(), sources.heeded.begin(), sources.heeded.end());
  options.first = {{kRulesTopic, 0}};
  options.journal = SourceId{kJournalTopic, weakness.one_journal ? 0 : router};
  return options;
}

TaskOptions CorrelatorTaskOptions(int32_t partition) {
  TaskOptions options;
  options.name = options.transactional_id = CorrelatorName(partition);
  options.group = "correlator";
  options.inputs = {{kKeyedTopic, partition}};
  return options;
}

std::unique_ptr<RouterTaskCore> MakeRouterCore(const Shape& shape, int32_t router,
                                               const FleetWeakness& weakness,
                                               const std::vector<MissionId>& missions,
                                               std::function<Time()> machine_clock) {
  RouterSources sources = SourcesOf(shape, router, weakness, missions);
  RouterCoreOptions options{.task = RouterName(router),
                            .router = {.keyed_partitions = shape.keyed_partitions,
                                       .clock = shape.clock,
                                       .margin = kMargin,
                                       .task = {router, shape.router_tasks}},
                            .inputs = std::move(sources.own)};
  return std::make_unique<RouterTaskCore>(std::move(options), testing_pack::MakeBoxes,
                                          std::move(machine_clock));
}

std::unique_ptr<TaskCore> MakeCorrelatorCore(const Shape& shape, int32_t partition) {
  return std::make_unique<CorrelatorTaskCore>(
      CorrelatorName(partition), partition, shape.keyed_partitions,
      OutputPartitions{.warnings = shape.warnings_partitions, .matches = shape.matches_partitions});
}

}  // namespace tocsin::simulation
