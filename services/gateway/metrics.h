// What the gateway tells Prometheus. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "gateway/apply_report.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

class Metrics {
 public:
  // `registry` must outlive the metrics.
  explicit Metrics(prometheus::Registry& registry);

  void SessionBegan();
  void SessionEnded(const std::string& code);
  // Changes, summed over the watches.
  void Parked(int64_t change);
  void AcknowledgedLag(int64_t change);
  void UnderWay(int64_t change);
  void Delivered(const v1::WarningView& view);
  void Withheld(const v1::WarningView& view);
  void Call(const std::string& method, const std::string& code);
  void Applied(const ApplyReport& report, std::chrono::nanoseconds took);
  void EvaluatedAge(std::chrono::milliseconds age);
  void Unreachable(int64_t partitions);

 private:
  prometheus::Gauge& sessions_;
  prometheus::Gauge& parked_;
  prometheus::Gauge& lag_;
  prometheus::Gauge& under_way_;
  prometheus::Gauge& age_;
  prometheus::Gauge& unreachable_;
  prometheus::Counter& delivered_;
  prometheus::Family<prometheus::Counter>& withheld_;
  prometheus::Family<prometheus::Counter>& ended_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Counter>& records_;
  prometheus::Family<prometheus::Counter>& actions_;
  prometheus::Family<prometheus::Counter>& dead_letters_;
  prometheus::Histogram& apply_seconds_;
};

}  // namespace tocsin::gateway
