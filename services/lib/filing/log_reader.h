// Brings a view up to date from its topic, and makes sure that both belong together.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include "lib/filing/metrics.h"
#include "lib/filing/view.h"
#include "lib/kafka/client.h"
#include "lib/rocks/store.h"

namespace tocsin {

// One thread at a time.
class LogReader {
 public:
  // `topic` is the mission's own. NotFound, FailedPrecondition: there is none, or the topic tool
  // did not make it.
  static absl::StatusOr<std::unique_ptr<LogReader>> Create(const KafkaConfig& kafka,
                                                           const std::string& topic,
                                                           const MissionId& mission);

  // Opens the store at `path`. One made from another log (cluster or epoch) is a leftover: it is
  // removed and made anew, since all it holds comes from the log.
  absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& path);

  // Reads from where the view stands to the end of each partition as of now. `locked` runs each
  // batch of changes with whatever lock guards the store. Cancelled when stopped.
  absl::Status CatchUp(Store& store, IngestMetrics& metrics, const std::stop_token& stop,
                       absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()>)> locked);

  int32_t partitions() const { return partitions_; }
  // OK if Kafka answers.
  absl::Status Ping();

 private:
  LogReader(std::unique_ptr<Consumer> consumer, std::string topic, MissionId mission)
      : consumer_(std::move(consumer)), topic_(std::move(topic)), mission_(std::move(mission)) {}

  absl::Status Take(const std::vector<InputRecord>& records, Store& store, IngestMetrics& metrics);

  std::unique_ptr<Consumer> consumer_;
  std::string topic_;
  MissionId mission_;
  std::string origin_;
  int32_t partitions_ = 0;
};

}  // namespace tocsin
