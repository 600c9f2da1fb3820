#include "lib/task/task_runner.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <absl/strings/str_cat.h>

#include "lib/task/batch.h"
#include "lib/task/begin_anew.h"
#include "lib/task/blocked.h"
#include "lib/task/commit.h"
#include "lib/task/identity.h"
#include "lib/task/ledger.h"
#include "lib/task/observer.h"
#include "lib/task/patience.h"
#include "lib/task/read_cache.h"
#include "lib/task/replay.h"
#include "lib/task/reporter.h"
#include "lib/task/rereader.h"
#include "lib/task/state_home.h"
#include "lib/task/take_over.h"

namespace tocsin {

using task_internal::Batch;
using task_internal::BeginAnew;
using task_internal::CommitBatch;
using task_internal::Feeder;
using task_internal::kFirstBackoff;
using task_internal::kLongestBackoff;
using task_internal::Observer;
using task_internal::OffsetNotes;
using task_internal::ReadCache;
using task_internal::Replay;
using task_internal::Reporter;
using task_internal::Rereader;
using task_internal::StateHome;
using task_internal::TakeOver;

namespace {

using Clock = TaskWorld::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kIdleWait{100};
constexpr milliseconds kInflightWait{2};
constexpr milliseconds kRereadWait{10};
constexpr milliseconds kInitPatience{5000};
// In succession. What fails that often would fail for ever: the process ends, and that is seen.
constexpr int kMostFatalFailures = 5;
constexpr int kMostAborts = 20;
// A disk on which state is damaged again and again needs a person.
constexpr int kMostRebuilds = 2;
// Syslog severities.
constexpr int kError = 3;
constexpr int kWarning = 4;
constexpr int kInfo = 6;

}  // namespace

class TaskRunner::Impl {
 public:
  Impl(TaskOptions options, TaskCore& core, std::shared_ptr<TaskWorld> world)
      : options_(std::move(options)),
        core_(core),
        world_(std::move(world)),
        home_(*world_, options_,
              [this](int severity, const std::string& text) { Log(severity, text); }),
        observer_(options_.inputs, options_.beat_period),
        report_(options_.report) {}

  absl::Status Run(const std::stop_token& stop) {
    stop_ = stop;
    absl::Status status = Start();
    while (status.ok() && !stop_.stop_requested()) {
      status = Recover();
      while (status.ok() && !stop_.stop_requested()) {
        status = Live();
        if (!absl::IsAborted(status) || ++aborts_ > kMostAborts) break;
        status = Retreat(status);
      }
      // Of unknown outcome or fatal to the producer alone: what is committed decides.
      if (absl::IsDeadlineExceeded(status) ||
          (producer_failed_ && ++fatal_failures_ <= kMostFatalFailures)) {
        ++report_.now().recoveries;
        status = Retreat(status);
      }
      if (damage_.ok() && store_ != nullptr) damage_ = store_->health();
      if (!status.ok() && absl::IsDataLoss(damage_)) {
        // Whatever else was said: it may have come of what could not be read.
        status = ++rebuilds_ <= kMostRebuilds ? Rebuild() : damage_;
      }
    }
    if (absl::IsCancelled(status)) status = absl::OkStatus();
    if (guard_ != nullptr && store_ != nullptr)
      guard_->OrderlyStop(task_internal::Passed(*store_, *guard_, core_));
    return Advise(status);
  }

 private:
  struct Inflight {
    std::unique_ptr<Batch> batch;
    std::unique_ptr<TaskWorld::Errand> commit;
    Clock::time_point begun;
  };

  void Log(int severity, const std::string& text) const {
    const std::string line = absl::StrCat("task ", options_.name, ": ", text);
    if (options_.log) {
      options_.log(severity, line);
    } else if (options_.kafka.log) {
      options_.kafka.log(severity, line);
    } else {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
  }

  template <class Call>
  auto Patiently(Call call) -> decltype(call()) {
    return task_internal::Patiently(call, *world_, stop_,
                                    [this](const std::string& text) { Log(kWarning, text); });
  }

  absl::Status Start() {
    absl::Status status = CheckOptions(options_);
    if (!status.ok()) return status;
    auto consumer = world_->MakeConsumer(options_.kafka, options_.group);
    if (!consumer.ok()) return consumer.status();
    consumer_ = std::move(*consumer);
    status = OpenState();
    if (!status.ok()) return status;
    auto guard = CrashGuard::Open(options_.state_folder, ReadPosition(*store_).next);
    if (!guard.ok()) return guard.status();
    guard_ = std::move(*guard);
    for (const auto& [record, crashes] : guard_->crashes()) {
      const bool skip = crashes >= CrashGuard::kCrashesUntilSkip;
      Log(kWarning, absl::StrCat("crashed ", crashes, " times at offset ", record.second, " of ",
                                 record.first.topic, "[", record.first.partition, "]",
                                 skip ? ", which it skips now" : ""));
    }
    feeder_ = std::make_unique<Feeder>(
        Feeder{core_, *guard_, options_.name, options_.dead_letters, options_.journal.has_value()});
    return absl::OkStatus();
  }

  absl::Status OpenState() {
    const auto identity =
        Patiently([&] { return task_internal::ReadIdentity(*world_, *consumer_, options_); });
    if (!identity.ok()) return identity.status();
    begins_anew_ = world_->IsToBeginAnew(options_.state_folder);
    auto store = home_.Open(*identity, begins_anew_, report_.now());
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    return absl::OkStatus();
  }

  // The store was found damaged while it was used.
  absl::Status Rebuild() {
    const std::string why(std::exchange(damage_, absl::OkStatus()).message());
    rereader_.reset();
    cache_.reset();
    store_.reset();
    const absl::Status status = home_.SetAside(why, report_.now());
    return status.ok() ? OpenState() : status;
  }

  // A new producer, and the state brought up to what is committed.
  absl::Status Recover() {
    producer_failed_ = false;
    report_.now().replaying = true;
    report_.now().caught_up = false;
    absl::Status status = Patiently([&]() -> absl::Status {
      producer_.reset();
      auto producer = world_->MakeProducer(options_.kafka, {.id = options_.transactional_id,
                                                            .timeout = options_.transaction_timeout,
                                                            .init_patience = kInitPatience});
      if (!producer.ok()) return producer.status();
      producer_ = std::move(*producer);
      return producer_->Init();
    });
    if (!status.ok()) return status;
    const std::set<SourceId> inputs(options_.inputs.begin(), options_.inputs.end());
    const auto committed = Patiently([&] { return consumer_->Committed(inputs); });
    if (!committed.ok()) return committed.status();
    status = ReplayTo(*committed, /*anew=*/false);
    if (begins_anew_) status = GoOnAnew(*committed, status);
    report_.now().replaying = false;
    if (!status.ok()) return status;
    report_.now().positions = ReadPosition(*store_).next;
    report_.Send(*consumer_, world_->Now());
    return status;
  }

  static std::map<SourceId, int64_t> NextOf(const CommittedOffsets& committed) {
    std::map<SourceId, int64_t> next;
    for (const auto& [source, of_source] : committed) next[source] = of_source.next;
    return next;
  }

  // The state becomes one of this version, if it may.
  absl::Status TakeStateOver(const CommittedOffsets& committed, bool anew) {
    Overlay overlay(*store_);
    auto notes = TakeOver(options_, committed, anew, overlay);
    if (!notes.ok()) return notes.status();
    notes_ = *std::move(notes);
    const Overlay::Writes writes = overlay.Take();
    if (writes.empty()) return absl::OkStatus();
    Log(kInfo,
        absl::StrCat("goes on from a state of a former semantics version as ", options_.semantics));
    return store_->Apply(writes);
  }

  absl::Status ReplayTo(const CommittedOffsets& committed, bool anew) {
    absl::Status status = TakeStateOver(committed, anew);
    if (status.ok()) status = core_.Load(*store_);
    if (!status.ok()) return status;
    const std::map<SourceId, int64_t> ends = NextOf(committed);
    Replay replay{*consumer_,
                  *store_,
                  *feeder_,
                  options_.state_folder,
                  options_.inputs,
                  options_.journal,
                  options_.max_batch,
                  stop_,
                  {*world_, options_.kafka, options_.group},
                  begins_anew_};
    status = Patiently([&] {
      // Anew from what the store holds; a replay that was cut short left the core ahead of it.
      const absl::Status loaded = replay.records == 0 ? absl::OkStatus() : core_.Load(*store_);
      return loaded.ok() ? replay.Run(ends) : loaded;
    });
    if (status.ok() && replay.records > 0) {
      Log(kInfo, absl::StrCat("replayed ", replay.records, " records"));
    }
    return Explain(status);
  }

  // A person has asked for it: what is lost is given up, and no more than that.
  absl::Status GoOnAnew(const CommittedOffsets& committed, absl::Status status) {
    const std::function<void(const std::string&)> tell = [this](const std::string& text) {
      Log(kError, text);
    };
    BeginAnew anew{*world_, *consumer_, options_, stop_, tell};
    if (BlockedBy(status).has_value()) {
      // An empty one is there already, and what was set aside for it is to stay.
      if (ReadPosition(*store_) != TaskPosition()) {
        cache_.reset();
        store_.reset();
        auto store = home_.OpenEmpty(std::string(status.message()), report_.now());
        if (!store.ok()) return store.status();
        store_ = *std::move(store);
      }
      status = anew.Place(NextOf(committed), *store_);
      if (status.ok()) status = ReplayTo(committed, /*anew=*/true);
    }
    return status.ok() ? anew.PassGaps(*store_) : status;
  }

  absl::Status Explain(const absl::Status& status) const {
    if (!absl::IsOutOfRange(status)) return status;
    return Blocked(
        kLogCut,
        absl::StrCat("the state in ", options_.state_folder, " or the offsets of group ",
                     options_.group, " name a position that is not in the log: ", status.message(),
                     ". Retention has removed it, or the log was replaced"));
  }

  // What a person can do about it.
  absl::Status Advise(const absl::Status& status) const {
    const std::optional<std::string> reason = BlockedBy(status);
    if (!reason.has_value()) return status;
    return Blocked(*reason, absl::StrCat(status.message(), ". Blocked: ", *reason,
                                         ". To go on without what is lost: touch ",
                                         BeginAnewMark(options_.state_folder),
                                         " (docs/operating.md says what that gives up)"));
  }

  // After a failure that passes: wait a little, longer each time.
  absl::Status Retreat(const absl::Status& cause) {
    Log(kWarning, absl::StrCat("goes back to the last commit: ", cause.message()));
    world_->Sleep(backoff_, stop_);
    backoff_ = std::min(2 * backoff_, kLongestBackoff);
    return stop_.stop_requested() ? absl::CancelledError("stopped") : absl::OkStatus();
  }

  // From the state of the store on. OK: stopped in order. Aborted: everything not in the store was
  // dropped and can be done again. With producer_failed_ or DeadlineExceeded: Recover first.
  absl::Status Live() {
    absl::Status status = core_.Load(*store_);
    if (!status.ok()) return status;
    const TaskPosition start = ReadPosition(*store_);
    report_.now().positions = start.next;
    gate_ = options_.first;
    status = Assign(start.next);
    if (!status.ok()) return status;
    observer_.Forget();
    rereader_.emplace(*world_, options_, *feeder_,
                      [this](int severity, const std::string& text) { Log(severity, text); });
    status = rereader_->Want(core_.Rereads());
    if (!status.ok()) return status;
    last_begin_ = {};
    if (options_.read_cache_bytes > 0) cache_.emplace(*store_, options_.read_cache_bytes);
    // On every way out the commit is destroyed first, which waits for its end.
    auto batch = std::make_unique<Batch>(Below(), start);
    std::optional<Inflight> inflight;
    while (true) {
      const bool stopping = stop_.stop_requested();
      if (!stopping) {
        status = Fill(*batch, inflight.has_value());
        if (!status.ok()) return status;
      }
      const bool full = batch->records >= static_cast<int64_t>(options_.max_batch);
      if (inflight.has_value()) {
        const bool must_wait = full || stopping;
        if (must_wait || inflight->commit->IsDone()) {
          status = Settle(*inflight, *batch);
          if (!status.ok()) return status;
          inflight.reset();
        }
      }
      if (!inflight.has_value() &&
          (!batch->IsEmpty() ||
           (!stopping && options_.journal.has_value() && observer_.IsUrgent(world_->Now())))) {
        if (full || stopping || world_->Now() >= last_begin_ + options_.commit_period) {
          status = Finish(*batch);
          if (!status.ok()) return status;
          inflight = Begin(std::move(batch));
          batch = std::make_unique<Batch>(inflight->batch->writes, inflight->batch->after);
        }
      }
      if (stopping && !inflight.has_value()) return absl::OkStatus();
      if (report_.IsDue(world_->Now())) report_.Send(*consumer_, world_->Now());
      damage_ = home_.Tend(*store_, report_.now());
      if (!damage_.ok()) return damage_;
    }
  }

  // What the store holds.
  const ReadState& Below() const {
    if (cache_) return *cache_;
    return *store_;
  }

  // The inputs, or those that come first while they are not at their end.
  absl::Status Assign(const std::map<SourceId, int64_t>& next) {
    std::map<SourceId, int64_t> offsets;
    for (const SourceId& input : options_.inputs) {
      if (!gate_.empty() && !options_.first.contains(input)) continue;
      const auto it = next.find(input);
      offsets[input] = it == next.end() ? Consumer::kBeginning : it->second;
    }
    return consumer_->Assign(offsets);
  }

  // Polls and feeds what there is room for.
  absl::Status Fill(Batch& batch, bool inflight) {
    const auto now = world_->Now();
    const size_t limit = options_.max_batch;
    const auto held = static_cast<size_t>(batch.records);
    // Full, and the one before is not yet committed: the caller waits for it.
    if (held >= limit) return absl::OkStatus();
    milliseconds wait = inflight ? kInflightWait : kIdleWait;
    if (rereader_->IsActive()) wait = std::min(wait, kRereadWait);
    // Whatever is due has to wait for a commit that is under way: not to be asked for meanwhile
    // without a pause, on the cores that the broker wants for it.
    if (!inflight) {
      if (options_.journal.has_value()) wait = std::min(wait, Until(observer_.next_beat(), now));
      if (!batch.IsEmpty()) wait = std::min(wait, Until(last_begin_ + options_.commit_period, now));
    }
    const auto polled = consumer_->Poll(limit - held, wait);
    if (!polled.ok()) return Explain(polled.status());
    if (held == 0) batch.first_polled = world_->Now();
    for (const InputRecord& record : polled->records) {
      absl::Status status =
          feeder_->Feed(record, guard_->ShouldSkip(record.source, record.offset), batch);
      if (!status.ok()) return status;
    }
    if (!gate_.empty()) {
      for (const SourceId& source : polled->at_end) gate_.erase(source);
      report_.now().caught_up = false;
      // Nothing was said of the others yet, so nothing is known of them.
      return gate_.empty() ? Assign(batch.after.next) : absl::OkStatus();
    }
    report_.now().caught_up = observer_.See(*polled);
    absl::Status status =
        rereader_->Fill(limit - static_cast<size_t>(batch.records), world_->Now(), batch);
    report_.now().reread_left = rereader_->left();
    return status;
  }

  static milliseconds Until(Clock::time_point then, Clock::time_point now) {
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(then - now));
  }

  // The end of a batch. What was observed comes after the records it was observed with: "at its
  // end" is then true of all that was fed.
  absl::Status Finish(Batch& batch) {
    if (options_.journal.has_value()) {
      if (const auto news = observer_.News(world_->Now())) {
        absl::Status status =
            feeder_->Observe(core_.EncodeObservation(news->changed, news->beat), batch);
        if (!status.ok()) return status;
      }
    }
    absl::Status status = feeder_->Close(batch);
    if (status.ok()) status = rereader_->Want(core_.Rereads());
    if (!status.ok()) return status;
    if (options_.journal.has_value()) {
      batch.journal.set_sequence(batch.before.journal_sequence);
      batch.after.journal_sequence = batch.before.journal_sequence + 1;
    }
    return store_->health();
  }

  Inflight Begin(std::unique_ptr<Batch> batch) {
    last_begin_ = world_->Now();
    const Batch* const work = batch.get();
    // Nobody else uses the producer meanwhile.
    auto commit = world_->Start([this, work] {
      return CommitBatch(*producer_, options_.name, options_.group, options_.journal, notes_,
                         *work);
    });
    return Inflight{std::move(batch), std::move(commit), last_begin_};
  }

  // The broker aborts a transaction that is open for too long, because it stood still itself or
  // this process did, and answers as it does when another process has taken over. It is the former
  // if enough time has passed and nobody else has committed since.
  bool IsTimeout(const Inflight& inflight) {
    if (world_->Now() - inflight.begun < options_.transaction_timeout) return false;
    const std::set<SourceId> inputs(options_.inputs.begin(), options_.inputs.end());
    const auto committed = Patiently([&] { return consumer_->Committed(inputs); });
    if (!committed.ok()) return false;
    const std::map<SourceId, int64_t> next = NextOf(*committed);
    return next == inflight.batch->before.next || next == inflight.batch->after.next;
  }

  // Waits for the commit and, if it was one, puts the batch into the store and `next` upon it.
  absl::Status Settle(Inflight& inflight, Batch& next) {
    absl::Status status = inflight.commit->Wait();
    Batch& batch = *inflight.batch;
    if (absl::IsFailedPrecondition(status) && IsTimeout(inflight)) {
      status = absl::DeadlineExceededError("a transaction was open for longer than its time-out");
    }
    if (!status.ok()) {
      if (absl::IsAborted(status)) ++report_.now().aborts;
      producer_failed_ = absl::IsInternal(status);
      return status;
    }
    if (options_.journal.has_value()) {
      const auto offset = producer_->LastOffset(*options_.journal);
      if (!offset.has_value()) {
        // Committed, so it has one; without it only a replay can tell.
        return absl::DeadlineExceededError("the offset of the journal record is unknown");
      }
      batch.after.journal_offset = *offset + 1;
    }
    WritePosition(batch.before, batch.after, batch.writes);
    const Overlay::Writes writes = batch.writes.Take();
    absl::Status applied = store_->Apply(writes);
    if (!applied.ok()) return applied;
    if (cache_) cache_->Applied(writes);
    next.below.MoveTo(Below());
    if (std::exchange(begins_anew_, false)) world_->HasBegunAnew(options_.state_folder);
    backoff_ = kFirstBackoff;
    fatal_failures_ = 0;
    aborts_ = 0;
    report_.Committed(batch, inflight.begun, world_->Now());
    report_.Send(*consumer_, world_->Now());
    return absl::OkStatus();
  }

  const TaskOptions options_;
  TaskCore& core_;
  const std::shared_ptr<TaskWorld> world_;
  std::stop_token stop_;
  StateHome home_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Consumer> consumer_;
  std::unique_ptr<TransactionalProducer> producer_;
  std::unique_ptr<CrashGuard> guard_;
  OffsetNotes notes_;  // beside the offsets; not changed while a commit is in flight
  std::unique_ptr<Feeder> feeder_;

  bool producer_failed_ = false;
  int fatal_failures_ = 0;    // in succession
  int aborts_ = 0;            // in succession
  bool begins_anew_ = false;  // until the first commit
  absl::Status damage_;       // of the store, as far as it was noticed
  int rebuilds_ = 0;
  milliseconds backoff_ = kFirstBackoff;

  std::set<SourceId> gate_;  // inputs that must come to their end before the others are read
  Observer observer_;
  std::optional<ReadCache> cache_;    // of the run of Live; replays read the store itself
  std::optional<Rereader> rereader_;  // likewise
  Clock::time_point last_begin_;
  Reporter report_;
};

TaskRunner::TaskRunner(TaskOptions options, TaskCore& core, std::shared_ptr<TaskWorld> world)
    : impl_(std::make_unique<Impl>(std::move(options), core, std::move(world))) {}
TaskRunner::~TaskRunner() = default;

absl::Status TaskRunner::Run(const std::stop_token& stop) { return impl_->Run(stop); }

}  // namespace tocsin
