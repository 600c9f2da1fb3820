// Counters of an ingest, for its ops port.
#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace tocsin {

// Thread-safe.
class IngestMetrics {
 public:
  explicit IngestMetrics(prometheus::Registry& registry);

  void Answered(const std::string& outcome) { answers_.Add({{"outcome", outcome}}).Increment(); }
  void Refused(const std::string& code) { refusals_.Add({{"code", code}}).Increment(); }
  void Flagged(const std::string& flag) { flags_.Add({{"flag", flag}}).Increment(); }
  void DeadLetterLost() { dead_letters_lost_.Increment(); }
  void Foreign() { foreign_.Increment(); }
  void InFlight(double count) { in_flight_.Set(count); }
  void Delivered(double seconds) { delivery_.Observe(seconds); }

 private:
  prometheus::Family<prometheus::Counter>& answers_;
  prometheus::Family<prometheus::Counter>& refusals_;
  prometheus::Family<prometheus::Counter>& flags_;
  prometheus::Counter& dead_letters_lost_;
  prometheus::Counter& foreign_;
  prometheus::Gauge& in_flight_;
  prometheus::Histogram& delivery_;
};

}  // namespace tocsin
