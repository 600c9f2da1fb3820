// What a deployment is made of: its topics, which task reads what of them, and the cores. One seed
// has one; the disturbed fleet, the reference and the undisturbed one are made of the same.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/routing/router.h"
#include "lib/task/task_runner.h"
#include "log.h"
#include "router/task_core.h"

namespace tocsin::simulation {

struct Shape {
  int32_t router_tasks = 1;
  int32_t sitreps_partitions = 1;  // of each mission
  int32_t sensors_partitions = 1;
  int32_t keyed_partitions = 1;
  int32_t warnings_partitions = 1;
  int32_t matches_partitions = 1;
  ClockMode clock = ClockMode::kWall;
};
Shape RandomShape(Random& random);
std::vector<MissionId> Missions();
inline constexpr Duration kMargin = std::chrono::minutes(10);

// What a seeded defect makes of a deployment of several router tasks.
struct FleetWeakness {
  bool one_group = false;    // all commit their offsets as one
  bool one_journal = false;  // all write one journal
  bool gap = false;          // a partition that none of them routes
};

void MakeTopics(const Shape& shape, Log& log);

struct RouterSources {
  std::set<SourceId> own;     // what this router task routes, and the rules
  std::set<SourceId> heeded;  // what it reads for a scenario's clock alone
};
// `missions`: those that the router tasks are to read; others have topics all the same.
RouterSources SourcesOf(const Shape& shape, int32_t router, const FleetWeakness& weakness = {},
                        const std::vector<MissionId>& missions = Missions());

// Without anything that a seed chooses of its own.
TaskOptions RouterTaskOptions(const Shape& shape, int32_t router, const FleetWeakness& weakness,
                              const std::vector<MissionId>& missions);
TaskOptions CorrelatorTaskOptions(int32_t partition);

// `machine_clock`: of a wall clock; must outlive the core.
std::unique_ptr<RouterTaskCore> MakeRouterCore(const Shape& shape, int32_t router,
                                               const FleetWeakness& weakness,
                                               const std::vector<MissionId>& missions,
                                               std::function<Time()> machine_clock);
std::unique_ptr<TaskCore> MakeCorrelatorCore(const Shape& shape, int32_t partition);

}  // namespace tocsin::simulation
