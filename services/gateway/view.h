// The view of one JOC: the warnings topic and the JOC's actions topic as a store that can be asked.
//
// A function of the two logs alone, so it can be dropped and built again. One thread writes
// (Apply); any number read. What it returns is as it was read from the log, for nobody's eyes: only
// doors.cc asks it, and hands out what render.cc leaves of it. The structural test "doors" keeps it
// so.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <absl/status/statusor.h>

#include "gateway/apply_report.h"
#include "gateway/dead_letter_debt.h"
#include "gateway/entry.h"
#include "gateway/recent_log.h"
#include "gateway/view_store.h"
#include "lib/base/mutex.h"
#include "lib/base/state.h"
#include "lib/domain/warning.h"
#include "lib/kafka/record.h"
#include "lib/lifecycle/centre.h"
#include "lib/lifecycle/lifecycle.h"
#include "lib/lifecycle/quiet.h"
#include "lib/lifecycle/storm.h"
#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::gateway {

struct ViewShape {
  MissionId mission;
  std::string warnings_topic, actions_topic;
  std::string warnings_epoch, actions_epoch;
  std::string cluster;
  int32_t warnings_partitions = 1;
  int32_t keyed_partitions = 1;  // correlator tasks
  StormPolicy storm;             // may be another one at each start
};

// How far the view has read, all of one moment.
struct Horizon {
  std::vector<int64_t> ends;    // next offset of each partition of the warnings topic
  std::vector<int64_t> floors;  // cursors below are too old: what they lack is gone from the log
  int64_t actions_end = 0;      // next offset of the actions topic
  // One for each correlator task: what every partition of the warnings topic has from it, so that
  // all warnings up to it are in the view. A task never heard of is there with time 0.
  std::vector<v1::EvaluatedUpTo> evaluated;
};

class View final : public DeadLetterDebt {
 public:
  // `store` must outlive the view. FailedPrecondition: the store is of another topic, cluster,
  // mission or format; drop it and build again.
  static absl::StatusOr<std::unique_ptr<View>> Open(ViewStore& store, ViewShape shape);

  const ViewShape& shape() const { return shape_; }

  // ---- Writing: one thread. ----

  // Reads records in order. A record that cannot be used is reported and passed. An error is the
  // store's: nothing of the batch is in the view.
  absl::StatusOr<ApplyReport> Apply(const std::vector<InputRecord>& records);
  std::vector<ApplyReport::DeadLetter> OwedDeadLetters(size_t most) const override;
  absl::Status SettleDeadLetters(const std::vector<ApplyReport::DeadLetter>& written) override;
  // Next offset of each source; absent where nothing was read yet.
  std::map<SourceId, int64_t> Positions() const;
  absl::Status health() const { return store_.health(); }

  // ---- Reading: any thread, raw. ----

  std::shared_ptr<const Horizon> horizon() const;

  using Record = WarningRecord;
  using RecordPtr = std::shared_ptr<const Record>;
  // Visits warning records of a partition with from <= offset < to, ascending, until `visit`
  // returns false.
  void ScanLog(int32_t partition, int64_t from, int64_t to,
               absl::FunctionRef<bool(const Record&)> visit) const;
  // The same for those that stand and are of this severity, or of any. Severities less than
  // "unknown" count as that. `selects`, by status and exercise: which records are read at all.
  void ScanStanding(int32_t partition, int64_t from, int64_t to,
                    std::optional<v1::Severity> severity,
                    absl::FunctionRef<bool(v1::Status, const std::string&)> selects,
                    absl::FunctionRef<bool(const Record&)> visit) const;
  // Visits the last record of every warning, newest warning first, after `after` (a key of
  // NewestKey, or empty) until `visit` returns false.
  void ScanNewest(std::string_view after,
                  absl::FunctionRef<bool(std::string_view key, const Record&)> visit) const;
  // nullptr: the view has none.
  RecordPtr Latest(const WarningId& id) const;
  RecordPtr Revision(const WarningId& id, int32_t revision) const;
  std::optional<WarningId> ByNumber(int64_t number) const;
  Lifecycle LifecycleOf(const WarningId& id) const;
  // What holds at this JOC as a whole.
  std::shared_ptr<const Centre> centre() const;
  // What the decision on quiet depends on, of a warning that stands.
  Audible AudibleOf(const v1::Warning& warning) const;
  // The latest alarms of this JOC's watch after `since`, the latest first.
  std::vector<Alarm> AlarmsSince(Time since, size_t most) const;
  // Whether more alarms of this status came until `now` than anybody can see to.
  bool Flood(Status status, Time now) const;
  // When the first record that the view read of it was issued; kUnknownTime: none was read.
  Time FirstIssued(const WarningId& id) const;
  // Visits the actions that changed a life with from <= offset < to, ascending, the last of each
  // warning only, until `visit` returns false.
  void ScanChanges(int64_t from, int64_t to,
                   absl::FunctionRef<bool(int64_t offset, const WarningId&)> visit) const;
  // Every revision of a warning and every action on it, as the logs had them: by broker time, at
  // one time revisions first.
  struct Moment {
    Time logged = kUnknownTime;
    std::variant<RecordPtr, v1::ActionTaken> what;
  };
  std::vector<Moment> History(const WarningId& id) const;
  // Odd while a batch is on its way in, and another one after it: what was read before and after at
  // one and the same even number is of that horizon exactly.
  uint64_t generation() const { return generation_; }

 private:
  View(ViewStore& store, ViewShape shape);
  absl::Status CheckFacts();
  void LoadHorizon();
  void ApplyWarnings(const InputRecord& record, State& state, ApplyReport& report);
  // The emission as this centre gets it; nothing if it is none of its business. A centre that a
  // revision no longer addresses keeps what it was told, cancelled, so that it does not go on
  // standing on its watch.
  std::optional<Warning> AsThisCentreIsTold(const Warning& warning,
                                            const std::optional<Entry>& before,
                                            const State& state) const;
  void ApplyWarning(const InputRecord& record, const Warning& emission, State& state,
                    ApplyReport& report);
  void ApplyTombstone(const InputRecord& record, State& state);
  // The warnings that `told` explains while it stands; those that it explained before, too.
  void Explain(const v1::Warning& told, State& state, ApplyReport& report) const;
  void ApplyActions(const InputRecord& record, State& state, ApplyReport& report);
  void ApplyAction(const InputRecord& record, const Action& action, State& state,
                   ApplyReport& report);
  void ApplyCentreAction(const CentreAction& action, State& state, ApplyReport& report) const;
  void LoadCentre();
  void LoadAlarms();
  // Of a batch that is in the store. What is told of late makes others ring otherwise than before:
  // those are touched.
  void TakeAlarms(ApplyReport& report);
  // Wider warnings that this JOC's watch sees stand, that rest on it and that it has not resolved.
  std::set<WarningId> WiderThan(const WarningId& id) const;
  RecordPtr RecordAt(int32_t partition, int64_t offset) const;
  void Publish(const std::vector<InputRecord>& records, const Overlay::Writes& writes);
  void Remember(const Overlay::Writes& writes);

  ViewStore& store_;
  const ViewShape shape_;
  // Of the writing thread: last "evaluated" by (keyed, partition).
  std::map<std::pair<int32_t, int32_t>, v1::EvaluatedUpTo> evaluated_;
  std::vector<Alarm> forgotten_;  // and not yet deleted from the store
  std::atomic<uint64_t> generation_{0};
  std::optional<RecentLog> recent_;  // from Open on
  mutable Mutex mutex_;
  std::shared_ptr<const Horizon> horizon_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Centre> centre_ ABSL_GUARDED_BY(mutex_);
  Alarms alarms_ ABSL_GUARDED_BY(mutex_);
};

// Whether the first of two evaluations of one task is the earlier.
bool EarlierEvaluation(const v1::EvaluatedUpTo& a, const v1::EvaluatedUpTo& b);

}  // namespace tocsin::gateway
