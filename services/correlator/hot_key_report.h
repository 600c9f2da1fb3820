// What HotKeys finds, as metrics and log lines.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <nlohmann/json.hpp>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "correlator/hot_keys.h"
#include "lib/service/service.h"

namespace tocsin {

// Used on the task's thread; the registry may be read on any.
class HotKeyReport {
 public:
  using LogLine =
      std::function<void(LogLevel level, const std::string& text, const nlohmann::json& fields)>;

  // `registry` must outlive it. The gauges tocsin_correlator_hot_key_share have the labels task,
  // spec, and of ("records", "time"): as many as the rules have key specs.
  HotKeyReport(prometheus::Registry& registry, std::string task, LogLine log);

  void Update(HotKeys& keys, HotKeys::Clock::time_point now);

 private:
  struct Gauges {
    prometheus::Gauge* records = nullptr;
    prometheus::Gauge* time = nullptr;
  };
  void Show(const std::map<std::string, HotKeys::Shares>& shares);

  const std::string task_;
  const LogLine log_;
  prometheus::Family<prometheus::Gauge>& family_;
  std::map<std::string, Gauges> gauges_;  // by spec
};

}  // namespace tocsin
