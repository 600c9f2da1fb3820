// Kafka clients: a consumer of assigned partitions and an idempotent producer. (The transactional
// producer is in kafka/transactional.h; topics are made and checked by kafka/topics.h.)
//
// Errors: Unavailable may pass (broker away); OutOfRange: the offset is no longer, or not yet, in
// the log (auto.offset.reset=error); Internal is fatal to the process, and readiness must turn
// false.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/kafka/record.h"

namespace tocsin {

// Reaches any cluster: properties are librdkafka's own (security.protocol, ssl.*, sasl.*), laid
// over the project's settings.
struct KafkaConfig {
  std::string bootstrap_servers;
  std::map<std::string, std::string> properties;
  // Gets what librdkafka logs, with its syslog severity (3 error, 4 warning, 6 information), on
  // librdkafka's threads. Empty: standard error.
  std::function<void(int severity, const std::string& text)> log;
};

// The header that names a record's type, and its value for the record that the topic tool writes
// first.
inline constexpr char kTypeHeader[] = "ce_type";
inline constexpr char kEpochType[] = "tocsin.epoch.v1";

// One thread at a time.
class Consumer {
 public:
  struct Polled {
    std::vector<InputRecord> records;  // in order within each source
    std::set<SourceId> at_end;         // read to the end of the log, as of 1.5 s ago or later
    std::set<SourceId> unreachable;    // cannot be read now
  };

  // `group` names where offsets are committed; partitions are always assigned, never shared out.
  // Reads committed records only. Queues are bounded.
  static absl::StatusOr<std::unique_ptr<Consumer>> Create(const KafkaConfig& config,
                                                          const std::string& group);
  virtual ~Consumer() = default;

  // Replaces the assignment; offset is the next to be read, or kBeginning.
  static constexpr int64_t kBeginning = -2;
  virtual absl::Status Assign(const std::map<SourceId, int64_t>& offsets) = 0;
  // Up to `max` records; waits at most `wait` for the first one, or for a source to come to its
  // end.
  virtual absl::StatusOr<Polled> Poll(size_t max, std::chrono::milliseconds wait) = 0;
  // The same for one assigned source, leaving the records of the others where they are.
  virtual absl::StatusOr<Polled> PollSource(const SourceId& source, size_t max,
                                            std::chrono::milliseconds wait) = 0;
  // As committed by the group; absent where nothing is.
  virtual absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& sources) = 0;
  // End of the log of each assigned source as of its last fetch, for lag metrics; asks nobody.
  virtual std::map<SourceId, int64_t> KnownEnds() const = 0;
  // First offset in the log, and one past the last stable one.
  virtual absl::StatusOr<std::pair<int64_t, int64_t>> Watermarks(const SourceId& source) = 0;
  // Number of partitions of a topic; NotFound if there is no such topic.
  virtual absl::StatusOr<int32_t> PartitionCount(const std::string& topic) = 0;
  // The cluster's own id, which a store records so as not to be used with another cluster.
  virtual absl::StatusOr<std::string> ClusterId() = 0;
};

// Idempotent, acks=all. Thread-safe. Records of one target keep the order of their Produce calls.
class Producer {
 public:
  using Done = std::function<void(absl::StatusOr<int64_t> offset)>;
  static absl::StatusOr<std::unique_ptr<Producer>> Create(const KafkaConfig& config,
                                                          const std::string& client_id);
  virtual ~Producer() = default;
  // `done` runs on the producer's thread when all in-sync replicas have the record, or with
  // Unavailable after the delivery time-out (15 s, and 1 s at most for which it waits for records
  // that are on their way), when its fate is unknown. Records of a partition keep the order of
  // their Produce calls. ResourceExhausted at once (and no call of `done`) if the queue is full.
  virtual absl::Status Produce(OutputRecord record, Done done) = 0;
  virtual absl::Status Flush(std::chrono::milliseconds wait) = 0;
  // Not OK once the client is fatally broken: the process must end.
  virtual absl::Status health() const = 0;
};

}  // namespace tocsin
