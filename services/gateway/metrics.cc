#include "gateway/metrics.h"

namespace tocsin::gateway {
namespace {

prometheus::Family<prometheus::Counter>& CounterFamily(prometheus::Registry& registry,
                                                       const std::string& name,
                                                       const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Gauge& GaugeOf(prometheus::Registry& registry, const std::string& name,
                           const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics(prometheus::Registry& registry)
    : sessions_(GaugeOf(registry, "tocsin_gateway_sessions", "Open watches")),
      parked_(GaugeOf(registry, "tocsin_gateway_sessions_parked",
                      "Watches with warnings waiting that may not be sent more now")),
      lag_(GaugeOf(registry, "tocsin_gateway_acknowledged_lag",
                   "Log positions sent to watches and not yet acknowledged by them, in all")),
      under_way_(GaugeOf(registry, "tocsin_gateway_under_way_bytes",
                         "Sent to watches and not yet received by them, in all")),
      age_(GaugeOf(registry, "tocsin_gateway_evaluated_age_seconds",
                   "Since the correlator task longest not heard of was heard of")),
      unreachable_(GaugeOf(registry, "tocsin_gateway_unreachable_partitions",
                           "Partitions that cannot be read now")),
      clock_ahead_(GaugeOf(registry, "tocsin_gateway_clock_ahead_seconds",
                           "This machine's clock less the broker's; less than 0: behind it")),
      delivered_(CounterFamily(registry, "tocsin_gateway_delivered_total",
                               "Warning revisions handed to watches")
                     .Add({})),
      withheld_(CounterFamily(registry, "tocsin_gateway_withheld_total",
                              "Evidence items withheld from callers")),
      ended_(CounterFamily(registry, "tocsin_gateway_watches_ended_total", "Watches by their end")),
      calls_(CounterFamily(registry, "tocsin_gateway_calls_total", "Calls by method and code")),
      records_(CounterFamily(registry, "tocsin_gateway_records_total", "Records read, by kind")),
      actions_(CounterFamily(registry, "tocsin_gateway_actions_total",
                             "Actions read from the mission's log, by what came of them")),
      dead_letters_(CounterFamily(registry, "tocsin_gateway_dead_letters_total",
                                  "Records that could not be used, by topic")),
      receipts_(CounterFamily(registry, "tocsin_gateway_receipts_total",
                              "Receipts of this mission read from the topic, by kind")),
      witnesses_dropped_(CounterFamily(registry, "tocsin_gateway_witnesses_dropped_total",
                                       "Deliveries that were not noted: too many at once")
                             .Add({})),
      undelivered_(
          GaugeOf(registry, "tocsin_gateway_undelivered_warnings",
                  "Standing warnings that no watch officer's client has received in time")),
      unseen_(GaugeOf(registry, "tocsin_gateway_unseen_warnings",
                      "Standing warnings that were received and that nobody has seen in time")),
      apply_seconds_(prometheus::BuildHistogram()
                         .Name("tocsin_gateway_apply_seconds")
                         .Help("Time to bring a batch of records into the view")
                         .Register(registry)
                         .Add({}, prometheus::Histogram::BucketBoundaries{
                                      0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5})) {}

void Metrics::SessionBegan() { sessions_.Increment(); }
void Metrics::SessionEnded(const std::string& code) {
  sessions_.Decrement();
  ended_.Add({{"code", code}}).Increment();
}
void Metrics::Parked(int64_t change) { parked_.Increment(static_cast<double>(change)); }
void Metrics::AcknowledgedLag(int64_t change) { lag_.Increment(static_cast<double>(change)); }

void Metrics::UnderWay(int64_t change) { under_way_.Increment(static_cast<double>(change)); }

void Metrics::Delivered(const v1::WarningView& view) {
  delivered_.Increment();
  Withheld(view);
}

void Metrics::Withheld(const v1::WarningView& view) {
  for (const v1::Withheld& withheld : view.withheld()) {
    withheld_.Add({{"originator", withheld.originator()}, {"reason", withheld.reason()}})
        .Increment(withheld.items());
  }
}

void Metrics::Call(const std::string& method, const std::string& code) {
  calls_.Add({{"method", method}, {"code", code}}).Increment();
}

void Metrics::Applied(const ApplyReport& report, std::chrono::nanoseconds took) {
  const auto count = [&](const char* kind, int64_t n) {
    if (n > 0) records_.Add({{"kind", kind}}).Increment(static_cast<double>(n));
  };
  count("warning", report.warnings);
  count("evaluated", report.evaluations);
  count("tombstone", report.tombstones);
  count("repeated", report.repeated);
  for (const auto& [outcome, n] : report.actions) {
    actions_.Add({{"outcome", outcome}}).Increment(static_cast<double>(n));
  }
  for (const ApplyReport::DeadLetter& dead : report.dead_letters) {
    dead_letters_.Add({{"topic", dead.source.topic}}).Increment();
  }
  apply_seconds_.Observe(std::chrono::duration<double>(took).count());
}

void Metrics::EvaluatedAge(std::chrono::milliseconds age) {
  age_.Set(std::chrono::duration<double>(age).count());
}

void Metrics::Receipts(int64_t first, int64_t repeated, int64_t unusable) {
  for (const auto& [kind, n] : {std::pair("first", first), std::pair("repeated", repeated),
                                std::pair("unusable", unusable)}) {
    if (n > 0) receipts_.Add({{"kind", kind}}).Increment(static_cast<double>(n));
  }
}

void Metrics::WitnessesDropped(int64_t count) {
  witnesses_dropped_.Increment(static_cast<double>(count));
}

void Metrics::Overdue(int64_t undelivered, int64_t unseen) {
  undelivered_.Set(static_cast<double>(undelivered));
  unseen_.Set(static_cast<double>(unseen));
}

void Metrics::ClockAhead(Duration ahead) {
  clock_ahead_.Set(std::chrono::duration<double>(ahead).count());
}

void Metrics::Unreachable(int64_t partitions) { unreachable_.Set(static_cast<double>(partitions)); }

}  // namespace tocsin::gateway
