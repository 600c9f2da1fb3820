#include <filesystem>
#include <future>
#include <utility>

#include <absl/strings/str_cat.h>

#include "lib/base/mutex.h"
#include "lib/kafka/topics.h"
#include "lib/task/blocked.h"
#include "lib/task/task_world.h"

namespace tocsin {
namespace {

class RealErrand final : public TaskWorld::Errand {
 public:
  explicit RealErrand(std::function<absl::Status()> work)
      : outcome_(std::async(std::launch::async, std::move(work))) {}

  bool IsDone() override {
    return outcome_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  absl::Status Wait() override { return outcome_.get(); }

 private:
  std::future<absl::Status> outcome_;
};

class RealWorld final : public TaskWorld {
 public:
  absl::StatusOr<std::unique_ptr<Consumer>> MakeConsumer(const KafkaConfig& kafka,
                                                         const std::string& group) override {
    return Consumer::Create(kafka, group);
  }

  absl::StatusOr<std::unique_ptr<TransactionalProducer>> MakeProducer(
      const KafkaConfig& kafka, const TransactionalOptions& options) override {
    return TransactionalProducer::Create(kafka, options);
  }

  absl::StatusOr<std::map<std::string, std::string>> ReadEpochs(
      const KafkaConfig& kafka, const std::set<std::string>& topics) override {
    return tocsin::ReadEpochs(kafka, topics);
  }

  absl::StatusOr<std::unique_ptr<Store>> OpenStore(
      const std::string& folder, std::shared_ptr<StoreResources> resources) override {
    return Store::Open(folder, std::move(resources));
  }

  absl::StatusOr<std::unique_ptr<CheckpointShelf>> OpenShelf(
      const std::string& folder, const std::string& state_folder) override {
    return OpenFolderShelf(folder, state_folder);
  }

  absl::Status SetAside(const std::string& state_folder) override {
    const std::string aside = state_folder + ".aside";
    std::error_code error;
    std::filesystem::remove_all(aside, error);
    if (!error) std::filesystem::rename(state_folder, aside, error);
    if (!error) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("the state folder ", state_folder, " cannot be set aside: ", error.message()));
  }

  bool IsToBeginAnew(const std::string& state_folder) override {
    return std::filesystem::exists(BeginAnewMark(state_folder));
  }
  void HasBegunAnew(const std::string& state_folder) override {
    std::error_code ignored;
    std::filesystem::remove(BeginAnewMark(state_folder), ignored);
  }

  Clock::time_point Now() override { return Clock::now(); }

  void Sleep(std::chrono::milliseconds time, const std::stop_token& stop) override {
    SleepUnlessStopped(stop, time);
  }

  std::unique_ptr<Errand> Start(std::function<absl::Status()> work) override {
    return std::make_unique<RealErrand>(std::move(work));
  }
};

}  // namespace

std::shared_ptr<TaskWorld> MakeRealWorld() { return std::make_shared<RealWorld>(); }

}  // namespace tocsin
