// A consumer, a producer, a store and a core that hand every call on: for what differs in one of
// them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/kafka/client.h"
#include "lib/kafka/transactional.h"
#include "lib/rocks/store.h"
#include "lib/task/task.h"

namespace tocsin::simulation {

class ConsumerAround : public Consumer {
 public:
  explicit ConsumerAround(std::unique_ptr<Consumer> inner) : inner_(std::move(inner)) {}
  absl::Status Assign(const std::map<SourceId, int64_t>& offsets) override {
    return inner_->Assign(offsets);
  }
  absl::StatusOr<Polled> Poll(size_t max, std::chrono::milliseconds wait) override {
    return inner_->Poll(max, wait);
  }
  absl::StatusOr<Polled> PollSource(const SourceId& source, size_t max,
                                    std::chrono::milliseconds wait) override {
    return inner_->PollSource(source, max, wait);
  }
  absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& sources) override {
    return inner_->Committed(sources);
  }
  std::map<SourceId, int64_t> KnownEnds() const override { return inner_->KnownEnds(); }
  absl::StatusOr<std::pair<int64_t, int64_t>> Watermarks(const SourceId& source) override {
    return inner_->Watermarks(source);
  }
  absl::StatusOr<int32_t> PartitionCount(const std::string& topic) override {
    return inner_->PartitionCount(topic);
  }
  absl::StatusOr<std::string> ClusterId() override { return inner_->ClusterId(); }

 protected:
  const std::unique_ptr<Consumer> inner_;
};

class ProducerAround : public TransactionalProducer {
 public:
  explicit ProducerAround(std::unique_ptr<TransactionalProducer> inner)
      : inner_(std::move(inner)) {}
  absl::Status Init() override { return inner_->Init(); }
  absl::Status Begin() override { return inner_->Begin(); }
  absl::Status Produce(const OutputRecord& record) override { return inner_->Produce(record); }
  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    return inner_->SendOffsets(next, group);
  }
  absl::Status Commit() override { return inner_->Commit(); }
  absl::Status Abort() override { return inner_->Abort(); }
  std::optional<int64_t> LastOffset(const SourceId& target) const override {
    return inner_->LastOffset(target);
  }

 protected:
  const std::unique_ptr<TransactionalProducer> inner_;
};

class StoreAround : public Store {
 public:
  explicit StoreAround(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}
  std::optional<std::string> Get(std::string_view key) const override { return inner_->Get(key); }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    inner_->Scan(from, to, visit);
  }
  absl::Status Apply(const Overlay::Writes& writes) override { return inner_->Apply(writes); }
  absl::Status Checkpoint(const std::string& folder) override { return inner_->Checkpoint(folder); }
  absl::Status health() const override { return inner_->health(); }

 protected:
  const std::unique_ptr<Store> inner_;
};

class CoreAround : public TaskCore {
 public:
  explicit CoreAround(std::unique_ptr<TaskCore> inner) : inner_(std::move(inner)) {}
  absl::Status Load(const ReadState& state) override { return inner_->Load(state); }
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    return inner_->Step(record, state, effects);
  }
  void Skip(const SourceId& source, int64_t offset, State& state) override {
    inner_->Skip(source, offset, state);
  }
  std::string EncodeObservation(const std::vector<SourceObservation>& sources, bool beat) override {
    return inner_->EncodeObservation(sources, beat);
  }
  absl::Status Observe(std::string_view encoded, State& state, TaskEffects& effects) override {
    return inner_->Observe(encoded, state, effects);
  }
  std::vector<Reread> Rereads() const override { return inner_->Rereads(); }
  absl::Status Close(State& state, TaskEffects& effects) override {
    return inner_->Close(state, effects);
  }

 protected:
  const std::unique_ptr<TaskCore> inner_;
};

}  // namespace tocsin::simulation
