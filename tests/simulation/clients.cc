#include "clients.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/task/take_over.h"

namespace tocsin::simulation {
namespace {

using std::chrono::milliseconds;

// What a consumer says of the end of a log is never older.
constexpr milliseconds kOldestEnd{1500};

// Of a seeded defect.
bool TakesAllForItsOwn(Process& process) {
  return process.universe().defect.takes_over_anything && process.build() == Build::kNext;
}

class SimulatedConsumer final : public Consumer {
 public:
  SimulatedConsumer(Process& process, std::string group)
      : process_(process), universe_(process.universe()), group_(std::move(group)) {}

  absl::Status Assign(const std::map<SourceId, int64_t>& offsets) override {
    process_.Pause("assigns partitions");
    places_.clear();
    for (const auto& [source, offset] : offsets) {
      Place& place = places_[source];
      place.next = offset == kBeginning ? universe_.log.FirstOf(source) : offset;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Polled> Poll(size_t max, milliseconds wait) override {
    process_.Pause("polls");
    auto polled = Take(std::nullopt, max);
    if (!polled.ok() || !polled->records.empty() || wait == milliseconds(0)) return polled;
    process_.SleepUntil(universe_.now + wait);
    return Take(std::nullopt, max);
  }

  absl::StatusOr<Polled> PollSource(const SourceId& source, size_t max,
                                    milliseconds wait) override {
    process_.Pause("polls one source");
    if (!places_.contains(source)) return absl::InternalError("not assigned: " + source.topic);
    auto polled = Take(source, max);
    if (!polled.ok() || !polled->records.empty() || wait == milliseconds(0)) return polled;
    process_.SleepUntil(universe_.now + wait);
    return Take(source, max);
  }

  absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& sources) override {
    process_.Pause("asks what is committed");
    if (universe_.Happens(universe_.faults.away)) return absl::UnavailableError("no broker");
    auto committed = universe_.log.Committed(group_, sources);
    if (committed.ok() && TakesAllForItsOwn(process_)) {
      for (auto& [source, of_source] : *committed) {
        of_source.note = task_internal::EncodeOffsetNote({SemanticsOf(Build::kNext), 0});
      }
    }
    return committed;
  }

  std::map<SourceId, int64_t> KnownEnds() const override {
    std::map<SourceId, int64_t> ends;
    for (const auto& [source, place] : places_) {
      if (place.seen_at != Instant{}) ends[source] = place.seen_high;
    }
    return ends;
  }

  absl::StatusOr<std::pair<int64_t, int64_t>> Watermarks(const SourceId& source) override {
    process_.Pause("asks for the ends of a log");
    if (universe_.Happens(universe_.faults.away)) return absl::UnavailableError("no broker");
    return std::pair(universe_.log.FirstOf(source), universe_.log.StableEndOf(source));
  }

  absl::StatusOr<int32_t> PartitionCount(const std::string& topic) override {
    return universe_.log.PartitionCount(topic);
  }

  absl::StatusOr<std::string> ClusterId() override {
    process_.Pause("asks for the cluster");
    if (universe_.Happens(universe_.faults.away)) return absl::UnavailableError("no broker");
    return "simulated";
  }

 private:
  struct Place {
    int64_t next = 0;
    int64_t seen_end = 0;  // last stable, and high, as of the last fetch
    int64_t seen_high = 0;
    Instant seen_at{};
  };

  absl::StatusOr<Polled> Take(const std::optional<SourceId>& only, size_t max) {
    // Seldom: consumers live long.
    if (universe_.Happens(10 * universe_.faults.fatal)) return absl::InternalError("broken");
    Polled polled;
    for (auto& [source, place] : places_) {
      if (universe_.unreachable.contains(source)) {
        polled.unreachable.insert(source);
        continue;
      }
      if (place.seen_at == Instant{} || universe_.now - place.seen_at >= kOldestEnd ||
          universe_.random.OneIn(2)) {
        place.seen_end = universe_.log.FetchEndOf(source);
        place.seen_high = universe_.log.EndOf(source);
        place.seen_at = universe_.now;
      }
      if (only.has_value() && *only != source) continue;
      if (place.next > place.seen_high || place.next < universe_.log.FirstOf(source)) {
        return absl::OutOfRangeError(StrCat(source.topic, " has no offset ", place.next));
      }
      if (polled.records.size() < max && place.next < place.seen_end) {
        // What is on its way comes in portions.
        const auto most = static_cast<size_t>(universe_.random.Between(1, 12));
        for (InputRecord& record :
             universe_.log.Fetch(source, place.next, place.seen_end,
                                 std::min(most, max - polled.records.size()), place.next)) {
          polled.records.push_back(std::move(record));
        }
      }
      if (place.next >= place.seen_end) polled.at_end.insert(source);
    }
    return polled;
  }

  Process& process_;
  Universe& universe_;
  const std::string group_;
  std::map<SourceId, Place> places_;
};

class SimulatedProducer final : public TransactionalProducer {
 public:
  SimulatedProducer(Process& process, TransactionalOptions options)
      : process_(process), universe_(process.universe()), options_(std::move(options)) {}

  absl::Status Init() override {
    process_.Pause("fences its predecessor");
    if (universe_.Happens(universe_.faults.away)) return absl::UnavailableError("no broker");
    session_ = universe_.log.Init(options_.id);
    process_.set_session(session_);
    process_.Pause("has fenced its predecessor");
    return absl::OkStatus();
  }

  absl::Status Begin() override {
    process_.Pause("begins a transaction");
    last_offsets_.clear();
    if (universe_.Happens(universe_.faults.fatal)) return Fatal("begin");
    return universe_.log.Begin(session_, universe_.now);
  }

  absl::Status Produce(const OutputRecord& record) override {
    if (universe_.random.OneIn(4)) process_.Pause("produces");
    if (universe_.Happens(4 * universe_.faults.aborts)) return Aborted("produce");
    // That it is fenced a producer learns later.
    const auto offset = universe_.log.Append(session_, record);
    if (offset.ok()) last_offsets_[record.target] = *offset;
    return absl::OkStatus();
  }

  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    process_.Pause("sends offsets");
    if (next.empty()) return absl::OkStatus();
    if (universe_.Happens(universe_.faults.aborts)) return Aborted("offsets");
    return universe_.log.AddOffsets(session_, group, next);
  }

  absl::Status Commit() override {
    process_.Pause("commits");
    if (universe_.Happens(universe_.faults.aborts)) return Aborted("commit");
    if (universe_.Happens(universe_.faults.fatal)) {
      if (universe_.random.OneIn(2)) (void)universe_.log.End(session_, true);
      return Fatal("commit");
    }
    if (universe_.Happens(universe_.faults.unknown)) return Unknown();
    absl::Status status = universe_.log.End(session_, true);
    process_.Pause("has committed");
    return status;
  }

  absl::Status Abort() override {
    process_.Pause("aborts a transaction");
    if (universe_.Happens(universe_.faults.fatal)) return Fatal("abort");
    return universe_.log.End(session_, false);
  }

  std::optional<int64_t> LastOffset(const SourceId& target) const override {
    if (universe_.Happens(universe_.faults.forgotten)) return std::nullopt;
    const auto it = last_offsets_.find(target);
    return it == last_offsets_.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  absl::Status Aborted(const char* what) const {
    universe_.Tell(process_.name(), " must abort at its ", what);
    return absl::AbortedError(StrCat(what, " failed"));
  }

  absl::Status Fatal(const char* what) const {
    universe_.Tell(process_.name(), "'s producer is broken at its ", what);
    return absl::InternalError(StrCat(what, " failed for good"));
  }

  // It came through; or did not; or will, if nobody takes over before.
  absl::Status Unknown() {
    const int64_t fate = universe_.random.Below(3);
    if (fate == 0) (void)universe_.log.End(session_, true);
    if (fate == 2) {
      universe_.late_ends.push_back(
          {session_, universe_.now + milliseconds(universe_.random.Below(30'000))});
    }
    const char* const words[] = {"it came through", "it did not", "it is still on its way"};
    universe_.Tell(process_.name(), " does not learn what became of its commit; ", words[fate]);
    process_.SleepUntil(universe_.now + milliseconds(universe_.random.Below(15'000)));
    return absl::DeadlineExceededError("the outcome of a commit is unknown");
  }

  Process& process_;
  Universe& universe_;
  const TransactionalOptions options_;
  Session session_;
  std::map<SourceId, int64_t> last_offsets_;
};

class SimulatedStore final : public Store {
 public:
  explicit SimulatedStore(Process& process) : process_(process) {}

  // On a damaged disk half of what is asked for is not found, and that is noticed.
  std::optional<std::string> Get(std::string_view key) const override {
    if (key == "\x01shell/semantics" && TakesAllForItsOwn(process_)) {
      return SemanticsOf(Build::kNext);
    }
    if (Fails()) return std::nullopt;
    return process_.disk().content().Get(key);
  }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    if (Fails()) return;
    process_.disk().content().Scan(from, to, visit);
  }
  absl::Status Apply(const Overlay::Writes& writes) override {
    if (!health().ok()) return health();
    process_.Pause("writes its state");
    Universe& universe = process_.universe();
    if (universe.Happens(universe.faults.full)) {
      universe.Tell(process_.name(), " finds its disk full");
      return absl::InternalError("no space");
    }
    process_.disk().Write(writes);
    if (universe.random.OneIn(4)) process_.disk().Sync();
    universe.on_write(process_.task(), process_.disk());
    process_.Pause("has written its state");
    return absl::OkStatus();
  }
  absl::Status Checkpoint(const std::string&) override {
    if (!health().ok()) return health();
    process_.Pause("makes a checkpoint");
    process_.disk().Stage();
    return absl::OkStatus();
  }
  absl::Status health() const override {
    return damage_seen_ ? absl::DataLossError("a block is damaged") : absl::OkStatus();
  }

 private:
  bool Fails() const {
    const bool fails = process_.disk().damaged() && process_.universe().random.OneIn(2);
    damage_seen_ |= fails;
    return fails;
  }

  Process& process_;
  mutable bool damage_seen_ = false;
};

}  // namespace

std::unique_ptr<Consumer> MakeSimulatedConsumer(Process& process, const std::string& group) {
  return std::make_unique<SimulatedConsumer>(process, group);
}

std::unique_ptr<TransactionalProducer> MakeSimulatedProducer(Process& process,
                                                             const TransactionalOptions& options) {
  return std::make_unique<SimulatedProducer>(process, options);
}

std::unique_ptr<Store> MakeSimulatedStore(Process& process) {
  return std::make_unique<SimulatedStore>(process);
}

}  // namespace tocsin::simulation
