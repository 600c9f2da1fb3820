#include "lib/filing/metrics.h"

namespace tocsin {
namespace {

prometheus::Family<prometheus::Counter>& Counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

IngestMetrics::IngestMetrics(prometheus::Registry& registry)
    : answers_(Counters(registry, "tocsin_ingest_reports_total", "Reports answered, by outcome")),
      refusals_(Counters(registry, "tocsin_ingest_refusals_total",
                         "Causes of refusals, by the code of the field error")),
      flags_(Counters(registry, "tocsin_ingest_flags_total",
                      "Flags of accepted reports that a person should look at")),
      dead_letters_lost_(Counters(registry, "tocsin_ingest_dead_letters_lost_total",
                                  "Refused reports that could not be kept")
                             .Add({})),
      foreign_(Counters(registry, "tocsin_ingest_foreign_records_total",
                        "Records of the mission's own topic that are no events")
                   .Add({})),
      in_flight_(prometheus::BuildGauge()
                     .Name("tocsin_ingest_in_flight")
                     .Help("Reports that Kafka has not yet acknowledged")
                     .Register(registry)
                     .Add({})),
      delivery_(
          prometheus::BuildHistogram()
              .Name("tocsin_ingest_delivery_seconds")
              .Help("From the accept stamp to Kafka's acknowledgement")
              .Register(registry)
              .Add({}, prometheus::Histogram::BucketBoundaries{
                           0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15})) {}

}  // namespace tocsin
