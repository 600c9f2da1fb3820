#include "defects.h"

#include <algorithm>
#include <utility>

#include "around.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::simulation {
namespace {

// Two batches where there should be one, the offsets first: a crash comes between. (The other way
// round nothing shows: to a core, a record that it had is a repetition.)
class SplitStore final : public StoreAround {
 public:
  using StoreAround::StoreAround;
  absl::Status Apply(const Overlay::Writes& writes) override {
    Overlay::Writes first, second;
    for (const auto& [key, value] : writes) {
      (key.starts_with("\x01shell/") ? first : second).emplace(key, value);
    }
    absl::Status status = inner_->Apply(first);
    return status.ok() ? inner_->Apply(second) : status;
  }
};

class ForgetfulStore final : public StoreAround {
 public:
  using StoreAround::StoreAround;
  absl::Status Apply(const Overlay::Writes& writes) override {
    return ++batches_ % 8 == 0 ? absl::OkStatus() : inner_->Apply(writes);
  }

 private:
  int64_t batches_ = 0;
};

class UndeletingStore final : public StoreAround {
 public:
  using StoreAround::StoreAround;
  absl::Status Apply(const Overlay::Writes& writes) override {
    Overlay::Writes kept = writes;
    absl::erase_if(kept, [](const auto& entry) { return !entry.second.has_value(); });
    return inner_->Apply(kept);
  }
};

// What is committed, as the end of what a replay suppresses.
template <int64_t kOff>
class CountingConsumer final : public ConsumerAround {
 public:
  using ConsumerAround::ConsumerAround;
  absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& sources) override {
    auto committed = inner_->Committed(sources);
    if (!committed.ok()) return committed;
    for (auto& [source, of_source] : *committed) of_source.next += kOff;
    return committed;
  }
};

class RepeatingConsumer final : public ConsumerAround {
 public:
  using ConsumerAround::ConsumerAround;
  absl::StatusOr<Polled> Poll(size_t max, std::chrono::milliseconds wait) override {
    auto polled = inner_->Poll(max, wait);
    if (polled.ok() && !polled->records.empty() && ++polls_ % 8 == 0) {
      polled->records.push_back(polled->records.back());
    }
    return polled;
  }

 private:
  int64_t polls_ = 0;
};

class LosingConsumer final : public ConsumerAround {
 public:
  using ConsumerAround::ConsumerAround;
  absl::StatusOr<Polled> Poll(size_t max, std::chrono::milliseconds wait) override {
    auto polled = inner_->Poll(max, wait);
    if (polled.ok() && polled->records.size() > 1 && ++polls_ % 8 == 0) {
      polled->records.erase(polled->records.begin());
    }
    return polled;
  }

 private:
  int64_t polls_ = 0;
};

class LaggingOffsets final : public ProducerAround {
 public:
  using ProducerAround::ProducerAround;
  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    return inner_->SendOffsets(std::exchange(before_, next), group);
  }

 private:
  CommittedOffsets before_;
};

class OtherGroup final : public ProducerAround {
 public:
  using ProducerAround::ProducerAround;
  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    return inner_->SendOffsets(next, group + "-before");
  }
};

template <bool kAsSuccess>
class Presuming final : public ProducerAround {
 public:
  using ProducerAround::ProducerAround;
  absl::Status Commit() override {
    absl::Status status = inner_->Commit();
    presumed_ = absl::IsDeadlineExceeded(status);
    if (!presumed_) return status;
    return kAsSuccess ? absl::OkStatus() : absl::AbortedError("presumed");
  }
  absl::Status Abort() override { return presumed_ ? absl::OkStatus() : inner_->Abort(); }

 private:
  bool presumed_ = false;
};

class NeverAborting final : public ProducerAround {
 public:
  using ProducerAround::ProducerAround;
  absl::Status Abort() override { return absl::OkStatus(); }
};

// Commits at the first record, so that the rest is a transaction of its own.
class CommittingEarly final : public ProducerAround {
 public:
  using ProducerAround::ProducerAround;
  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    absl::Status status = inner_->Commit();
    if (status.ok()) status = inner_->Begin();
    return status.ok() ? inner_->SendOffsets(next, group) : status;
  }
};

// The journal says another order than that of feeding.
class ReorderedJournal final : public ProducerAround {
 public:
  using ProducerAround::ProducerAround;
  absl::Status Produce(const OutputRecord& record) override {
    v1::JournalRecord journal;
    if (record.target.topic != kJournalTopic || !journal.ParseFromString(record.value) ||
        journal.steps_size() < 2) {
      return inner_->Produce(record);
    }
    journal.mutable_steps()->SwapElements(0, journal.steps_size() - 1);
    OutputRecord other = record;
    other.value = journal.SerializeAsString();
    return inner_->Produce(other);
  }
};

// As an unordered map gives its entries: in one process so, in another so.
class UnorderedCore final : public CoreAround {
 public:
  UnorderedCore(std::unique_ptr<TaskCore> inner, int64_t incarnation)
      : CoreAround(std::move(inner)), incarnation_(incarnation) {}
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    absl::Status status = inner_->Step(record, state, effects);
    if (effects.records.size() > 1) {
      std::rotate(
          effects.records.begin(),
          effects.records.begin() + incarnation_ % static_cast<int64_t>(effects.records.size()),
          effects.records.end());
    }
    return status;
  }

 private:
  const int64_t incarnation_;
};

class TicksFirst final : public CoreAround {
 public:
  using CoreAround::CoreAround;
  absl::Status Load(const ReadState& state) override {
    held_.clear();
    return inner_->Load(state);
  }
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    absl::Status status = inner_->Step(record, state, effects);
    if (status.ok()) {
      std::move(effects.records.begin(), effects.records.end(), std::back_inserter(held_));
    }
    effects.records.clear();
    return status;
  }
  absl::Status Close(State& state, TaskEffects& effects) override {
    absl::Status status = inner_->Close(state, effects);
    std::move(held_.begin(), held_.end(), std::back_inserter(effects.records));
    held_.clear();
    return status;
  }

 private:
  std::vector<OutputRecord> held_;
};

class Signing final : public CoreAround {
 public:
  Signing(std::unique_ptr<TaskCore> inner, int64_t incarnation)
      : CoreAround(std::move(inner)), incarnation_(incarnation) {}
  absl::Status Close(State& state, TaskEffects& effects) override {
    absl::Status status = inner_->Close(state, effects);
    for (OutputRecord& record : effects.records) {
      record.headers.emplace_back("process", StrCat(incarnation_));
    }
    return status;
  }

 private:
  const int64_t incarnation_;
};

// Keeps what it had in mind when its writes were dropped.
class Unforgetting final : public CoreAround {
 public:
  using CoreAround::CoreAround;
  absl::Status Load(const ReadState& state) override {
    // The first two are those of a start.
    return ++loads_ > 2 ? absl::OkStatus() : inner_->Load(state);
  }

 private:
  int64_t loads_ = 0;
};

template <class Around>
Defect OfStore(const std::string& name) {
  return {.name = name, .store = [](std::unique_ptr<Store> inner) {
            return std::make_unique<Around>(std::move(inner));
          }};
}
template <class Around>
Defect OfConsumer(const std::string& name) {
  return {.name = name, .consumer = [](std::unique_ptr<Consumer> inner) {
            return std::make_unique<Around>(std::move(inner));
          }};
}
template <class Around>
Defect OfProducer(const std::string& name) {
  return {.name = name, .producer = [](std::unique_ptr<TransactionalProducer> inner) {
            return std::make_unique<Around>(std::move(inner));
          }};
}
template <class Around>
Defect OfCore(const std::string& name) {
  return {.name = name, .core = [](std::unique_ptr<TaskCore> inner, int64_t incarnation) {
            if constexpr (std::is_constructible_v<Around, std::unique_ptr<TaskCore>, int64_t>) {
              return std::make_unique<Around>(std::move(inner), incarnation);
            } else {
              return std::make_unique<Around>(std::move(inner));
            }
          }};
}

}  // namespace

std::vector<Defect> SeededDefects() {
  std::vector<Defect> defects = {
      {.name = "fences_nobody", .log = {.fences_nobody = true}},
      {.name = "shows_aborted_records", .log = {.shows_aborted = true}},
      {.name = "reads_past_the_last_stable_offset", .log = {.shows_unstable = true}},
      {.name = "offsets_outside_of_the_transaction", .log = {.offsets_at_once = true}},
      {.name = "a_checkpoint_with_offsets_ahead_of_its_data", .shelf = {.offsets_ahead = true}},
      {.name = "a_damaged_checkpoint_loaded", .shelf = {.trusts_damaged = true}},
      {.name = "a_checkpoint_of_a_damaged_store", .shelf = {.copies_damaged = true}},
      OfStore<SplitStore>("offsets_stored_before_state"),
      OfStore<ForgetfulStore>("a_batch_lost_in_the_middle"),
      OfStore<UndeletingStore>("deletes_are_not_stored"),
      OfConsumer<CountingConsumer<-1>>("suppresses_one_too_few"),
      OfConsumer<CountingConsumer<1>>("suppresses_one_too_many"),
      {.name = "a_state_taken_over_wherever_it_stands", .takes_over_anything = true},
      OfConsumer<RepeatingConsumer>("a_record_delivered_twice"),
      OfConsumer<LosingConsumer>("a_record_not_delivered"),
      OfProducer<LaggingOffsets>("offsets_of_the_batch_before"),
      OfProducer<OtherGroup>("offsets_of_a_stale_group"),
      OfProducer<Presuming<true>>("unknown_taken_for_committed"),
      OfProducer<Presuming<false>>("unknown_taken_for_aborted"),
      OfProducer<NeverAborting>("never_aborts"),
      OfProducer<CommittingEarly>("outputs_and_offsets_in_two_transactions"),
      OfProducer<ReorderedJournal>("journal_in_another_order"),
      OfCore<UnorderedCore>("hash_map_order_in_effects"),
      OfCore<TicksFirst>("ticks_ahead_of_their_data"),
      OfCore<Signing>("effects_depend_on_the_process"),
      OfCore<Unforgetting>("caches_outlive_dropped_writes"),
  };
  for (Defect& defect : FleetDefects()) defects.push_back(std::move(defect));
  return defects;
}

Defect FindDefect(const std::string& name) {
  for (Defect& defect : SeededDefects()) {
    if (defect.name == name) return std::move(defect);
  }
  return {};
}

}  // namespace tocsin::simulation
