// Does what time and the engine do to the warnings of this centre: acknowledgements that lapse,
// escalation by the mission's policy, silences that begin and end, storms that ring together, and
// people's work that follows a warning into the one that it was merged into, and into what was
// split from it. One gateway of a mission at a time has this duty.
//
// The holder of the transactional id "gateway-<mission>-duty" writes; who comes later fences who
// was before. One that was fenced looks on, and takes the duty back when what is due is not done
// for a while. Done twice, it would have one effect: the actions' ids say what they are.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "gateway/view.h"
#include "lib/base/mutex.h"
#include "lib/kafka/transactional.h"
#include "lib/lifecycle/timed.h"

namespace tocsin::gateway {

// What is due and when: kept as the view grows. Not thread-safe.
class Agenda {
 public:
  explicit Agenda(EscalationPolicy policy) : policy_(std::move(policy)) {}

  // What the view has of the warning now.
  void Look(const View& view, const WarningId& id, Time now);
  // All of it.
  void LookAtAll(const View& view, Time now);
  // What stands.
  void LookAtStanding(const View& view, Time now);

  // Actions that are due at `now`, in the order of their times.
  std::vector<Action> Due(const View& view, Time now) const;
  // When the next one is; kNever if there is none.
  Time Next() const;

 private:
  struct Item {
    WarningId on;  // what is acted on: the warning itself, or the one that it was merged into
    Timed what;
  };
  void Put(const WarningId& id, Item item);
  void Forget(const WarningId& id);
  void LookAtTime(const View& view, const View::Record& record, Time now);
  // `record` ended by being merged into another.
  void LookAtMerged(const View& view, const View::Record& record);
  // True if it inherits now from what it was split from.
  bool LookAtPart(const View& view, const View::Record& record);
  void LookAtOne(const View& view, const WarningId& id, Time now);

  const EscalationPolicy policy_;
  std::map<WarningId, Item> by_warning_;  // by the one that was looked at
  std::set<std::pair<Time, WarningId>> by_time_;
  // To be looked at again with another one: what was merged into that, and parts that were split
  // from it and have not inherited.
  std::map<WarningId, std::set<WarningId>> with_;
};

class Duty {
 public:
  using Clock = std::function<Time()>;  // the deployment's
  using MakeProducer = std::function<absl::StatusOr<std::unique_ptr<TransactionalProducer>>()>;

  // `view` must outlive it. It begins when it is first told that the view has grown.
  Duty(const View& view, EscalationPolicy policy, Clock clock, MakeProducer make);
  // Ends within the time of what is under way.
  ~Duty();
  Duty(const Duty&) = delete;
  Duty& operator=(const Duty&) = delete;

  // The view has been read to its end and has grown by what concerns these warnings, or the JOC as
  // a whole. Thread-safe.
  void Grown(const std::set<WarningId>& touched, bool centre);

 private:
  void Run(const std::stop_token& stop);
  // Fences whoever has it.
  absl::Status Take();
  absl::Status Write(const std::vector<Action>& actions);
  void WriteDue(Time now);

  const View& view_;
  const Clock clock_;
  const MakeProducer make_;
  // Of the thread.
  Agenda agenda_;
  std::unique_ptr<TransactionalProducer> producer_;  // while this gateway has the duty
  std::optional<std::chrono::steady_clock::time_point> due_since_;
  std::chrono::steady_clock::time_point written_until_;
  std::set<std::pair<WarningId, std::string>> written_;  // and perhaps not yet read back
  Mutex mutex_;
  Condition changed_;
  bool began_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<WarningId> touched_ ABSL_GUARDED_BY(mutex_);
  bool centre_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace tocsin::gateway
