// What the ops port tells of a router beyond what it tells of every task (task/task_metrics.h).
#pragma once

#include <chrono>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "lib/routing/router.h"
#include "lib/task/task_runner.h"

namespace tocsin {

// Update is called on the task's thread; the registry may be read on any.
class RouterMetrics {
 public:
  // `registry` must outlive it.
  RouterMetrics(prometheus::Registry& registry, ClockMode clock);

  // `now`: the machine's clock. `backfilling`: how many rules wait for what is read again.
  void Update(const TaskReport& report, size_t backfilling,
              std::chrono::system_clock::time_point now);

 private:
  prometheus::Gauge& last_tick_;
  prometheus::Gauge& tick_age_;
  prometheus::Gauge& amplification_;
  prometheus::Gauge& backfilling_;
  std::chrono::system_clock::time_point ticked_;
  double events_ = 0;
  double copies_ = 0;
};

}  // namespace tocsin
