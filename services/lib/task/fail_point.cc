#include "lib/task/fail_point.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr char kAllowing[] = "TOCSIN_FAIL_POINTS";
constexpr char kAllowed[] = "allowed";

// Shared by all tasks of a process and the threads that commit for them.
class Fuse {
 public:
  explicit Fuse(const FailPoint& point) : name_(point.name), left_(point.passes) {}
  void Pass(std::string_view name) {
    if (name == name_ && --left_ == 0) std::raise(SIGKILL);
  }

 private:
  const std::string name_;
  std::atomic<int64_t> left_;
};

class FusedStore final : public Store {
 public:
  FusedStore(std::unique_ptr<Store> store, std::shared_ptr<Fuse> fuse)
      : store_(std::move(store)), fuse_(std::move(fuse)) {}
  std::optional<std::string> Get(std::string_view key) const override { return store_->Get(key); }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    store_->Scan(from, to, visit);
  }
  absl::Status Apply(const Overlay::Writes& writes) override {
    absl::Status status = store_->Apply(writes);
    fuse_->Pass("after_store");
    return status;
  }
  absl::Status Checkpoint(const std::string& folder) override { return store_->Checkpoint(folder); }
  absl::Status health() const override { return store_->health(); }

 private:
  const std::unique_ptr<Store> store_;
  const std::shared_ptr<Fuse> fuse_;
};

class FusedConsumer final : public Consumer {
 public:
  FusedConsumer(std::unique_ptr<Consumer> consumer, std::shared_ptr<Fuse> fuse)
      : consumer_(std::move(consumer)), fuse_(std::move(fuse)) {}
  absl::Status Assign(const std::map<SourceId, int64_t>& offsets) override {
    absl::Status status = consumer_->Assign(offsets);
    fuse_->Pass("after_assign");
    return status;
  }
  absl::StatusOr<Polled> Poll(size_t max, std::chrono::milliseconds wait) override {
    return Read(consumer_->Poll(max, wait));
  }
  absl::StatusOr<Polled> PollSource(const SourceId& source, size_t max,
                                    std::chrono::milliseconds wait) override {
    return Read(consumer_->PollSource(source, max, wait));
  }
  absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& sources) override {
    auto committed = consumer_->Committed(sources);
    fuse_->Pass("after_committed");
    return committed;
  }
  std::map<SourceId, int64_t> KnownEnds() const override { return consumer_->KnownEnds(); }
  absl::StatusOr<std::pair<int64_t, int64_t>> Watermarks(const SourceId& source) override {
    return consumer_->Watermarks(source);
  }
  absl::StatusOr<int32_t> PartitionCount(const std::string& topic) override {
    return consumer_->PartitionCount(topic);
  }
  absl::StatusOr<std::string> ClusterId() override { return consumer_->ClusterId(); }

 private:
  absl::StatusOr<Polled> Read(absl::StatusOr<Polled> polled) {
    if (polled.ok() && !polled->records.empty()) fuse_->Pass("after_poll");
    return polled;
  }

  const std::unique_ptr<Consumer> consumer_;
  const std::shared_ptr<Fuse> fuse_;
};

class FusedProducer final : public TransactionalProducer {
 public:
  FusedProducer(std::unique_ptr<TransactionalProducer> producer, std::shared_ptr<Fuse> fuse)
      : producer_(std::move(producer)), fuse_(std::move(fuse)) {}
  absl::Status Init() override { return Passed("after_init", producer_->Init()); }
  absl::Status Begin() override {
    fuse_->Pass("before_begin");
    return Passed("after_begin", producer_->Begin());
  }
  absl::Status Produce(const OutputRecord& record) override {
    return Passed("after_produce", producer_->Produce(record));
  }
  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    return Passed("after_offsets", producer_->SendOffsets(next, group));
  }
  absl::Status Commit() override { return Passed("after_commit", producer_->Commit()); }
  absl::Status Abort() override { return producer_->Abort(); }
  std::optional<int64_t> LastOffset(const SourceId& target) const override {
    return producer_->LastOffset(target);
  }

 private:
  absl::Status Passed(std::string_view name, absl::Status status) {
    fuse_->Pass(name);
    return status;
  }

  const std::unique_ptr<TransactionalProducer> producer_;
  const std::shared_ptr<Fuse> fuse_;
};

class FusedWorld final : public TaskWorld {
 public:
  FusedWorld(std::shared_ptr<TaskWorld> world, const FailPoint& point)
      : world_(std::move(world)), fuse_(std::make_shared<Fuse>(point)) {}

  absl::StatusOr<std::unique_ptr<Consumer>> MakeConsumer(const KafkaConfig& kafka,
                                                         const std::string& group) override {
    return Fused<FusedConsumer>(world_->MakeConsumer(kafka, group));
  }
  absl::StatusOr<std::unique_ptr<TransactionalProducer>> MakeProducer(
      const KafkaConfig& kafka, const TransactionalOptions& options) override {
    return Fused<FusedProducer>(world_->MakeProducer(kafka, options));
  }
  absl::StatusOr<std::map<std::string, std::string>> ReadEpochs(
      const KafkaConfig& kafka, const std::set<std::string>& topics) override {
    auto epochs = world_->ReadEpochs(kafka, topics);
    fuse_->Pass("after_identity");
    return epochs;
  }
  absl::StatusOr<std::unique_ptr<Store>> OpenStore(
      const std::string& folder, std::shared_ptr<StoreResources> resources) override {
    auto store = Fused<FusedStore>(world_->OpenStore(folder, std::move(resources)));
    fuse_->Pass("after_open_store");
    return store;
  }
  absl::StatusOr<std::unique_ptr<CheckpointShelf>> OpenShelf(
      const std::string& folder, const std::string& state_folder) override {
    return world_->OpenShelf(folder, state_folder);
  }
  absl::Status SetAside(const std::string& state_folder) override {
    return world_->SetAside(state_folder);
  }
  bool IsToBeginAnew(const std::string& state_folder) override {
    return world_->IsToBeginAnew(state_folder);
  }
  void HasBegunAnew(const std::string& state_folder) override {
    world_->HasBegunAnew(state_folder);
  }
  Clock::time_point Now() override { return world_->Now(); }
  void Sleep(std::chrono::milliseconds time, const std::stop_token& stop) override {
    world_->Sleep(time, stop);
  }
  std::unique_ptr<Errand> Start(std::function<absl::Status()> work) override {
    return world_->Start(std::move(work));
  }

 private:
  template <class Wrapper, class Made>
  auto Fused(absl::StatusOr<std::unique_ptr<Made>> made) -> absl::StatusOr<std::unique_ptr<Made>> {
    if (!made.ok()) return made;
    return std::make_unique<Wrapper>(*std::move(made), fuse_);
  }

  const std::shared_ptr<TaskWorld> world_;
  const std::shared_ptr<Fuse> fuse_;
};

}  // namespace

absl::StatusOr<FailPoint> ParseFailPoint(std::string_view text) {
  const size_t colon = text.find(':');
  FailPoint point{std::string(text.substr(0, colon)), 0};
  if (std::find(kFailPoints.begin(), kFailPoints.end(), point.name) == kFailPoints.end()) {
    std::string names;
    for (const std::string_view name : kFailPoints)
      names += StrCat(names.empty() ? "" : ", ", name);
    return absl::InvalidArgumentError(StrCat(
        "must be a place and a number of passes, such as after_commit:3; the places are ", names));
  }
  const bool counted = colon != std::string_view::npos &&
                       absl::SimpleAtoi(Av(text.substr(colon + 1)), &point.passes) &&
                       point.passes >= 1;
  if (!counted) {
    return absl::InvalidArgumentError(
        StrCat("needs the number of passes after the place, from 1, such as ", point.name, ":3"));
  }
  return point;
}

absl::StatusOr<std::shared_ptr<TaskWorld>> MakeRealWorldWith(const std::string& fail_point) {
  if (fail_point.empty()) return MakeRealWorld();
  auto point = ParseFailPoint(fail_point);
  if (!point.ok())
    return absl::InvalidArgumentError(StrCat("fail_point: ", Sv(point.status().message())));
  const char* const allowing = std::getenv(kAllowing);
  if (allowing == nullptr || std::string_view(allowing) != kAllowed) {
    return absl::FailedPreconditionError(
        StrCat("fail_point: ends the process on purpose, for tests; refused unless the environment "
               "has ",
               kAllowing, "=", kAllowed));
  }
  return std::make_shared<FusedWorld>(MakeRealWorld(), *point);
}

}  // namespace tocsin
