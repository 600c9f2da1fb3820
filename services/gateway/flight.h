// One record on its way to the broker: whether it has arrived, for who looks in now and then.
#pragma once

#include <memory>
#include <optional>

#include <absl/status/statusor.h>

#include "lib/base/mutex.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

// Used on one thread; what the producer's thread shares with it outlives it.
class Flight {
 public:
  bool under_way() const { return shared_ != nullptr; }

  void Begin(Producer& producer, OutputRecord record) {
    const auto shared = std::make_shared<Shared>();
    shared_ = shared;
    const auto done = [shared](const absl::StatusOr<int64_t>& offset) {
      const MutexLock lock(shared->mutex);
      shared->outcome = offset.status();
    };
    if (absl::Status queued = producer.Produce(std::move(record), done); !queued.ok()) done(queued);
  }

  // Once, when it is known what came of it.
  std::optional<absl::Status> Outcome() {
    if (shared_ == nullptr) return std::nullopt;
    std::optional<absl::Status> outcome;
    {
      const MutexLock lock(shared_->mutex);
      outcome = shared_->outcome;
    }
    if (outcome) shared_.reset();
    return outcome;
  }

 private:
  struct Shared {
    Mutex mutex;
    std::optional<absl::Status> outcome ABSL_GUARDED_BY(mutex);
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace tocsin::gateway
