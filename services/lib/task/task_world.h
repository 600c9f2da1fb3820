// What a task asks of the world outside its own thread: brokers, disk, time, and work that goes on
// beside it. Everything else of the shell is a function of the answers, so that a world made up
// from a seed can drive it (tests/simulation).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

#include "lib/kafka/client.h"
#include "lib/kafka/transactional.h"
#include "lib/rocks/store.h"
#include "lib/task/checkpoint.h"

namespace tocsin {

// Called on the task's thread, and consumers are made within errands, too.
class TaskWorld {
 public:
  using Clock = std::chrono::steady_clock;

  // Work beside the task. Its end is waited for before it is destroyed.
  class Errand {
   public:
    virtual ~Errand() = default;
    virtual bool IsDone() = 0;
    // What the work returned. Once.
    virtual absl::Status Wait() = 0;
  };

  virtual ~TaskWorld() = default;

  // As the factories and functions of the same meaning in lib/kafka and lib/rocks.
  virtual absl::StatusOr<std::unique_ptr<Consumer>> MakeConsumer(const KafkaConfig& kafka,
                                                                 const std::string& group) = 0;
  virtual absl::StatusOr<std::unique_ptr<TransactionalProducer>> MakeProducer(
      const KafkaConfig& kafka, const TransactionalOptions& options) = 0;
  virtual absl::StatusOr<std::map<std::string, std::string>> ReadEpochs(
      const KafkaConfig& kafka, const std::set<std::string>& topics) = 0;
  virtual absl::StatusOr<std::unique_ptr<Store>> OpenStore(
      const std::string& folder, std::shared_ptr<StoreResources> resources) = 0;
  // As OpenFolderShelf.
  virtual absl::StatusOr<std::unique_ptr<CheckpointShelf>> OpenShelf(
      const std::string& folder, const std::string& state_folder) = 0;
  // Gives a state folder that nobody has open the name <folder>.aside, in place of what had it.
  virtual absl::Status SetAside(const std::string& state_folder) = 0;
  // Whether a person has made the mark of lib/task/blocked.h; and that it has had its effect.
  virtual bool IsToBeginAnew(const std::string& state_folder) = 0;
  virtual void HasBegunAnew(const std::string& state_folder) = 0;

  virtual Clock::time_point Now() = 0;
  // Until the time is over or a stop is asked for.
  virtual void Sleep(std::chrono::milliseconds time, const std::stop_token& stop) = 0;
  virtual std::unique_ptr<Errand> Start(std::function<absl::Status()> work) = 0;
};

// Kafka, RocksDB, the steady clock and a thread for each errand.
std::shared_ptr<TaskWorld> MakeRealWorld();

}  // namespace tocsin
