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
#include "lib/base/time.h"
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
  // This machine's clock is ahead of the broker's by so much.
  void ClockAhead(Duration ahead);
  // Of fusion.receipts.v1, as read.
  void Receipts(int64_t first, int64_t repeated, int64_t unusable);
  void WitnessesDropped(int64_t count);
  // Warnings that stand, of status Actual.
  void Overdue(int64_t undelivered, int64_t unseen);

 private:
  prometheus::Gauge& sessions_;
  prometheus::Gauge& parked_;
  prometheus::Gauge& lag_;
  prometheus::Gauge& under_way_;
  prometheus::Gauge& age_;
  prometheus::Gauge& unreachable_;
  prometheus::Gauge& clock_ahead_;
  prometheus::Counter& delivered_;
  prometheus::Family<prometheus::Counter>& withheld_;
  prometheus::Family<prometheus::Counter>& ended_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Counter>& records_;
  prometheus::Family<prometheus::Counter>& actions_;
  prometheus::Family<prometheus::Counter>& dead_letters_;
  prometheus::Family<prometheus::Counter>& receipts_;
  prometheus::Counter& witnesses_dropped_;
  prometheus::Gauge& undelivered_;
  prometheus::Gauge& unseen_;
  prometheus::Histogram& apply_seconds_;
};

}  // namespace tocsin::gateway
