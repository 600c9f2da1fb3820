#include "gateway/duty.h"

#include <algorithm>

#include "gateway/action_writer.h"
#include "gateway/part.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/lifecycle/inherit.h"
#include "lib/lifecycle/quiet.h"
#include "lib/service/service.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

// How exact time is: what is due is written within it.
constexpr std::chrono::milliseconds kEvery{250};
// One that was fenced, or could not write, tries again when what is due is still not done by then.
constexpr std::chrono::seconds kStandBack{10};
constexpr size_t kMostAtOnce = 500;

// The last revision after `seen` that alerts; 0: none. One that alerts counts also where a later,
// quiet one has come meanwhile.
int32_t LastAlerting(const View& view, const v1::Warning& latest, int32_t seen) {
  const WarningId id(latest.id());
  for (int32_t revision = latest.revision(); revision > seen; --revision) {
    const auto record = view.Revision(id, revision);
    if (record && Alerts(record->warning)) return revision;
  }
  return 0;
}

}  // namespace

void Agenda::Put(const WarningId& id, Item item) {
  by_time_.emplace(item.what.due, id);
  by_warning_.emplace(id, std::move(item));
}

void Agenda::Forget(const WarningId& id) {
  const auto before = by_warning_.find(id);
  if (before == by_warning_.end()) return;
  by_time_.erase({before->second.what.due, id});
  by_warning_.erase(before);
}

void Agenda::LookAtTime(const View& view, const View::Record& record, Time now) {
  const WarningId id(record.warning.id());
  const Lifecycle life = view.LifecycleOf(id);
  Told told{static_cast<Severity>(record.warning.severity()), view.FirstIssued(id)};
  if (life.state == LifecycleState::kResolved) {
    told.alerting_revision = LastAlerting(view, record.warning, life.resolved_revision);
  }
  auto next = NextTimed(told, life, policy_);
  const Audible audible = view.AudibleOf(record.warning);
  // What begins or ends a quiet comes first: it decides whether anybody is sent for.
  for (auto& quiet : {NextQuiet(*view.centre(), audible, told.issued, life, now),
                      NextRing(life, view.shape().storm.repeat_interval, now)}) {
    if (quiet && (!next || quiet->due <= next->due)) next = quiet;
  }
  if (next) Put(id, {id, *std::move(next)});
}

void Agenda::LookAtMerged(const View& view, const View::Record& record) {
  const auto merged = [](const v1::Warning& warning) {
    return GradedWarning{WarningId(warning.id()), static_cast<Severity>(warning.severity())};
  };
  const WarningId id(record.warning.id());
  const auto survivor = view.Latest(WarningId(record.warning.merged_into()));
  if (!survivor) return;  // looked at again when it comes
  const GradedWarning into = merged(survivor->warning);
  auto next = NextInheritance(merged(record.warning), view.LifecycleOf(id), into,
                              view.LifecycleOf(into.id));
  if (next) Put(id, {into.id, {kUnknownTime, std::move(next->detail), std::move(next->action_id)}});
}

bool Agenda::LookAtPart(const View& view, const View::Record& record) {
  const WarningId id(record.warning.id());
  if (!AwaitsOrigin(record.warning, view.LifecycleOf(id))) return false;
  with_[WarningId(record.warning.split_from())].insert(id);
  auto next = FromOrigin(view, record.warning);
  if (!next) return false;
  Put(id, {id, {kUnknownTime, std::move(next->detail), std::move(next->action_id)}});
  return true;
}

void Agenda::LookAtOne(const View& view, const WarningId& id, Time now) {
  Forget(id);
  const auto record = view.Latest(id);
  if (!record) return;
  if (IsOpen(record->warning)) {
    // What it inherits decides whether anybody is sent for.
    if (!LookAtPart(view, *record)) LookAtTime(view, *record, now);
  } else if (!record->warning.merged_into().empty()) {
    with_[WarningId(record->warning.merged_into())].insert(id);
    LookAtMerged(view, *record);
  }
}

void Agenda::Look(const View& view, const WarningId& id, Time now) {
  LookAtOne(view, id, now);
  // Those that still depend on it come back by being looked at.
  const auto others = with_.extract(id);
  if (others.empty()) return;
  for (const WarningId& other : others.mapped()) LookAtOne(view, other, now);
}

void Agenda::LookAtAll(const View& view, Time now) {
  view.ScanNewest("", [&](std::string_view, const View::Record& record) {
    Look(view, WarningId(record.warning.id()), now);
    return true;
  });
}

void Agenda::LookAtStanding(const View& view, Time now) {
  const auto horizon = view.horizon();
  for (size_t p = 0; p < horizon->ends.size(); ++p) {
    view.ScanStanding(
        static_cast<int32_t>(p), 0, horizon->ends[p], std::nullopt,
        [](v1::Status, const std::string&) { return true; },
        [&](const View::Record& record) {
          Look(view, WarningId(record.warning.id()), now);
          return true;
        });
  }
}

std::vector<Action> Agenda::Due(const View& view, Time now) const {
  std::vector<Action> due;
  for (const auto& [time, id] : by_time_) {
    if (time > now || due.size() == kMostAtOnce) break;
    const Item& item = by_warning_.at(id);
    const auto record = view.Latest(item.on);
    if (!record) continue;
    Action action;
    action.action_id = item.what.action_id;
    action.mission = view.shape().mission;
    action.warning = item.on;
    action.detail = item.what.detail;
    action.desk = view.shape().mission.str();
    action.expect = item.what.expect;
    action.warning_revision = record->warning.revision();
    action.acted = now;
    action.status = static_cast<Status>(record->warning.status());
    action.exercise_id = record->warning.exercise_id();
    due.push_back(std::move(action));
  }
  return due;
}

Time Agenda::Next() const { return by_time_.empty() ? kNever : by_time_.begin()->first; }

Duty::Duty(const View& view, EscalationPolicy policy, Clock clock, MakeProducer make)
    : view_(view),
      clock_(std::move(clock)),
      make_(std::move(make)),
      agenda_(std::move(policy)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Duty::~Duty() {
  thread_.request_stop();
  thread_.join();
}

void Duty::Grown(const std::set<WarningId>& touched, bool centre) {
  {
    const MutexLock lock(mutex_);
    began_ = true;
    centre_ = centre_ || centre;
    touched_.insert(touched.begin(), touched.end());
  }
  changed_.NotifyOne();
}

absl::Status Duty::Take() {
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<TransactionalProducer> producer, make_());
  TOCSIN_RETURN_IF_ERROR(producer->Init());
  producer_ = std::move(producer);
  return absl::OkStatus();
}

absl::Status Duty::Write(const std::vector<Action>& actions) {
  if (producer_ == nullptr) TOCSIN_RETURN_IF_ERROR(Take());
  TOCSIN_RETURN_IF_ERROR(producer_->Begin());
  for (const Action& action : actions) {
    TOCSIN_RETURN_IF_ERROR(producer_->Produce(ToRecord(action, view_.shape().actions_topic)));
  }
  return producer_->Commit();
}

void Duty::WriteDue(Time now) {
  const auto steady = std::chrono::steady_clock::now();
  if (agenda_.Next() > now) {
    due_since_.reset();
    return;
  }
  if (!due_since_) due_since_ = steady;
  // Who looks on gives who has the duty the time to do it.
  if (producer_ == nullptr && steady - *due_since_ < kStandBack) return;
  if (steady >= written_until_) written_.clear();
  std::vector<Action> due = agenda_.Due(view_, now);
  std::erase_if(due, [this](const Action& action) {
    return written_.contains({action.warning, action.action_id});
  });
  if (due.empty()) return;
  const absl::Status status = Write(due);
  if (!status.ok()) {
    Log(LogLevel::kWarning, "what time does to warnings is not written now",
        {{"reason", std::string(status.message())}, {"due", due.size()}});
    producer_.reset();
    due_since_ = steady;
    return;
  }
  // Not once more while it is on its way back.
  written_until_ = steady + kStandBack;
  for (const Action& action : due) written_.insert({action.warning, action.action_id});
}

void Duty::Run(const std::stop_token& stop) {
  {
    const MutexLock lock(mutex_);
    changed_.Wait(mutex_, stop, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return began_; });
  }
  if (stop.stop_requested()) return;
  if (const absl::Status taken = Take(); !taken.ok()) {
    Log(LogLevel::kWarning, "this gateway looks on at what time does to warnings",
        {{"reason", std::string(taken.message())}});
  }
  agenda_.LookAtAll(view_, clock_());
  while (!stop.stop_requested()) {
    std::set<WarningId> touched;
    bool centre = false;
    {
      const MutexLock lock(mutex_);
      touched.swap(touched_);
      std::swap(centre, centre_);
    }
    const Time now = clock_();
    if (centre) agenda_.LookAtStanding(view_, now);
    for (const WarningId& id : touched) agenda_.Look(view_, id, now);
    WriteDue(clock_());
    SleepUnlessStopped(stop, kEvery);
  }
}

}  // namespace tocsin::gateway
