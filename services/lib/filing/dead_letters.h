// What ingest refused, kept by the mission itself on mission.<id>.dead-letters.v1.
#pragma once

#include <string>
#include <vector>

#include "lib/domain/types.h"
#include "lib/filing/metrics.h"
#include "lib/kafka/client.h"

namespace tocsin {

// Thread-safe. Never blocks and never fails its caller: a refusal that cannot be kept is counted
// and logged, and still answered.
class DeadLetters {
 public:
  DeadLetters(Producer& producer, std::string topic, IngestMetrics& metrics)
      : producer_(producer), topic_(std::move(topic)), metrics_(metrics) {}

  void Keep(std::string payload, const std::vector<FieldError>& errors, const std::string& sender);

 private:
  Producer& producer_;
  const std::string topic_;
  IngestMetrics& metrics_;
};

// A record that a topic surely takes has at most this many bytes of value.
constexpr size_t kMaxRecordBytes = 900'000;

}  // namespace tocsin
