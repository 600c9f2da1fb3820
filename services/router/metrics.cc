#include "router/metrics.h"

#include <string>

namespace tocsin {
namespace {

prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

RouterMetrics::RouterMetrics(prometheus::Registry& registry, ClockMode clock)
    : last_tick_(MakeGauge(registry, "tocsin_router_last_tick_timestamp_seconds",
                           "Machine time of the last committed tick")),
      tick_age_(MakeGauge(registry, "tocsin_router_tick_age_seconds",
                          "Age of the last committed tick at the last report")),
      amplification_(MakeGauge(registry, "tocsin_router_amplification",
                               "Copies by key written for each event, since the start")),
      backfilling_(MakeGauge(registry, "tocsin_router_rules_backfilling",
                             "Rules in effect for which the past is being read again")) {
  MakeGauge(registry, "tocsin_router_scenario_clock",
            "1: time is the record's, its age says nothing; 0: it is the machine's")
      .Set(clock == ClockMode::kScenario ? 1 : 0);
}

void RouterMetrics::Update(const TaskReport& report, size_t backfilling,
                           std::chrono::system_clock::time_point now) {
  backfilling_.Set(static_cast<double>(backfilling));
  for (const auto& [name, count] : report.counts) {
    if (name == "events") events_ += static_cast<double>(count);
    if (name == "insert_keys") copies_ += static_cast<double>(count);
    if (name == "ticks" && count > 0) ticked_ = now;
  }
  if (events_ > 0) amplification_.Set(copies_ / events_);
  if (ticked_ == std::chrono::system_clock::time_point()) return;
  last_tick_.Set(std::chrono::duration<double>(ticked_.time_since_epoch()).count());
  tick_age_.Set(std::chrono::duration<double>(now - ticked_).count());
}

}  // namespace tocsin
