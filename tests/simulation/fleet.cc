#include "fleet.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/task/blocked.h"
#include "lib/task/ledger.h"
#include "lib/task/take_over.h"

namespace tocsin::simulation {
namespace {

using std::chrono::milliseconds;

constexpr size_t kMostCopies = 4;

bool Says(const absl::Status& status, std::string_view words) {
  return Sv(status.message()).find(words) != std::string_view::npos;
}

}  // namespace

void Fleet::Add(TaskOptions options, MakeCore make_core) {
  Task& task = tasks_[options.name];
  task.options = std::move(options);
  task.make_core = std::move(make_core);
}

void Fleet::ChangeInputs(const std::string& name, std::vector<SourceId> inputs,
                         MakeCore make_core) {
  Task& task = tasks_.at(name);
  task.options.inputs = std::move(inputs);
  task.make_core = std::move(make_core);
  ++counts_.changed_inputs;
  for (const auto& process : task.processes) process->Stop();
}

void Fleet::Tend() {
  for (auto& [name, task] : tasks_) Tend(task);
}

void Fleet::Tend(Task& task) {
  for (size_t i = task.processes.size(); i-- > 0;) {
    if (task.processes[i]->has_ended()) EndProcess(task, *task.processes[i]);
  }
  if (task.processes.empty()) {
    if (!ending_ && universe_.now >= task.restart_at) Restart(task);
    return;
  }
  Process& newest = *task.processes.back();
  if (universe_.Happens(mischief_.copies) && task.copies.size() < kMostCopies) {
    task.copies.push_back(newest.disk().content());
  }
  Spoil(task);
  if (universe_.Happens(mischief_.freezes)) {
    const auto time = milliseconds(universe_.random.Below(25'000));
    universe_.Tell(newest.name(), " stands still for ", time.count(), " ms");
    newest.Freeze(universe_.now + time);
  }
  if (universe_.Happens(mischief_.absences)) return TakeAway(task);
  if (universe_.Happens(mischief_.stops)) {
    universe_.Tell(newest.name(), " is asked to stop");
    newest.Stop();
  }
  if (universe_.Happens(mischief_.zombies) && task.processes.size() < 2) {
    universe_.Tell(task.options.name, " is started elsewhere, too");
    ++counts_.zombies;
    StartElsewhere(task);
  }
}

// Disks and checkpoints; never all that a task could begin with.
void Fleet::Spoil(Task& task) {
  if (task.home == nullptr || task.home->damaged() ||
      !CanGoOn(task, ReadPosition(task.home->content()))) {
    return;
  }
  if (!task.shelf->checkpoints.empty() && universe_.Happens(mischief_.spoils)) {
    ++counts_.spoils;
    universe_.Tell("of ", task.options.name, ", ", task.shelf->Spoil(universe_.random));
  }
  Process& newest = *task.processes.back();
  if (&newest.disk() != task.home || newest.is_other_build()) return;
  if (!IsOutdated(task, Disk("")) && universe_.Happens(mischief_.damages)) {
    universe_.Tell("the disk of ", newest.name(), " is damaged");
    task.home->Damage();
  }
}

// Days of the data's time, in which the others go on.
void Fleet::TakeAway(Task& task) {
  ++counts_.absences;
  const auto time = milliseconds(universe_.random.Between(5000, 40'000));
  universe_.Tell(task.options.name, " is away for ", time.count(), " ms");
  while (!task.processes.empty()) EndProcess(task, *task.processes.front());
  task.restart_at = universe_.now + time;
}

void Fleet::Restart(Task& task) {
  if (!task.options.journal && task.build == Build::kFormer &&
      universe_.Happens(mischief_.upgrades)) {
    ++counts_.upgrades;
    universe_.Tell(task.options.name, " is of the next build from here on");
    task.build = Build::kNext;
  }
  const bool known =
      task.home != nullptr && !task.home->content().entries().empty() && !task.home->damaged();
  // One that has read nothing yet may be of any build.
  if (known && universe_.Happens(mischief_.other_builds) &&
      ReadPosition(task.home->content()) != TaskPosition()) {
    ++counts_.other_builds;
    Start(task, *task.home).set_other_build();
  } else if (task.home == nullptr || universe_.Happens(mischief_.empty_starts)) {
    Disk* const before = task.home;
    NewDisk(task, {});
    const bool outdated = IsOutdated(task, *task.home);
    Start(task, *task.home);
    if (outdated) task.home = before;
  } else if (!task.copies.empty() && universe_.Happens(mischief_.old_starts)) {
    StartElsewhere(task);
  } else {
    Start(task, *task.home);
  }
}

// On another machine, from what there is there.
void Fleet::StartElsewhere(Task& task) {
  ++counts_.old_states;
  Disk* const before = task.home;
  NewDisk(task, task.copies.empty() || universe_.random.OneIn(4)
                    ? MemoryState()
                    : universe_.random.Of(task.copies));
  const bool outdated = IsOutdated(task, *task.home);
  Start(task, *task.home);
  // It will be refused; what runs next is what there was.
  if (outdated) task.home = before;
}

void Fleet::NewDisk(Task& task, const MemoryState& content) {
  const std::string folder = StrCat(folder_, "/", task.options.name, "-", task.disks.size());
  task.disks.push_back(std::make_unique<Disk>(folder, content));
  task.home = task.disks.back().get();
}

Process& Fleet::Start(Task& task, Disk& disk) {
  const MakeCore make = [&] { return OfBuild(task.build, task.make_core()); };
  task.processes.push_back(std::make_unique<Process>(universe_, OfBuild(task.build, task.options),
                                                     make, disk, *task.shelf, counts_.shelf,
                                                     ++counts_.starts));
  Process& process = *task.processes.back();
  process.set_build(task.build);
  universe_.Tell(process.name(), " starts from ", disk.content().entries().size(),
                 " entries of state");
  if (IsOutdated(task, disk)) {
    ++counts_.outdated;
    universe_.Tell("... for which the log no longer has what followed");
    process.set_outdated();
  }
  return process;
}

// It is over, or is made to be.
void Fleet::EndProcess(Task& task, Process& process) {
  process.Kill();
  if (process.was_killed()) {
    ++counts_.kills;
    // After an upgrade a state from before it would be of no use.
    if (task.build == Build::kFormer && universe_.Happens(mischief_.machine_crashes)) {
      const auto unsynced = static_cast<int64_t>(process.disk().unsynced());
      const int64_t left = universe_.random.Below(unsynced + 1);
      counts_.torn += left < unsynced ? 1 : 0;
      universe_.Tell("... with its machine: ", left, " of ", unsynced,
                     " batches of its state remain");
      process.disk().Lose(static_cast<size_t>(left));
    }
  } else {
    universe_.Tell(process.name(), " has ended: ", process.result().ToString());
    if (!MayEndSo(task, process)) {
      universe_.Break(process.name(), " ends with ", process.result().ToString());
    }
    if (BlockedBy(process.result()) == kOtherBuild && !process.is_other_build()) {
      ++counts_.blocked;
      FollowAdvice(task, process.result());
    }
  }
  task.restart_at = universe_.now + milliseconds(universe_.random.Below(3000));
  if (ending_) task.home = &process.disk();
  std::erase_if(task.processes, [&](const auto& one) { return one.get() == &process; });
}

// As an operator does. What the next build took over and told nothing of, while the former went on
// elsewhere, is of use to neither: that begins with nothing.
void Fleet::FollowAdvice(Task& task, const absl::Status& blocked) {
  const std::string next = SemanticsOf(Build::kNext);
  if (Says(blocked, "once more and stop it in order")) {
    task.build = Build::kFormer;
    if (ReadSemantics(task.home->content()) == next) NewDisk(task, {});
  } else if (Says(blocked, "instead") || Says(blocked, "was made with semantics version " + next)) {
    task.build = Build::kNext;
  }
}

// Because it was asked to, because another took over, because of what was done to it, or because it
// must refuse its state. Anything else is an error of the task.
bool Fleet::MayEndSo(const Task& task, const Process& process) const {
  const absl::Status& result = process.result();
  if (result.ok()) return process.is_asked_to_stop();
  if (process.is_other_build()) {
    return BlockedBy(result) == kOtherBuild;
  }
  if (BlockedBy(result) == kOtherBuild) return MayBeBlocked(task, process);
  if (absl::IsFailedPrecondition(result)) {
    // A copy of a checkpoint that is damaged before it is opened is not used, and there may be no
    // other: the next start makes another copy.
    return process.is_outdated() || process.damages() > 1 ||
           !universe_.log.IsLatest(process.session()) || Says(result, "took over");
  }
  if (absl::IsDataLoss(result)) return process.disk().damaged();
  return absl::IsAborted(result) || absl::IsInternal(result) || absl::IsDeadlineExceeded(result);
}

bool Fleet::IsOfOtherBuild(const Task& task, Build build, const std::string& version,
                           const TaskPosition& position) const {
  const auto& decided = universe_.log.Decided(task.options.group);
  const SourceId& input = task.options.inputs.front();
  const auto all = decided.find(input);
  if (task.options.journal || all == decided.end()) return false;
  const auto it = position.next.find(input);
  const int64_t own = it == position.next.end() ? 0 : it->second;
  const auto note = task_internal::ParseOffsetNote(all->second.note);
  if (note->semantics != SemanticsOf(build)) return own != all->second.next;
  return own < note->since || (own > 0 && version != SemanticsOf(build));
}

bool Fleet::MayBeBlocked(const Task& task, const Process& process) const {
  const MemoryState& state = process.disk().content();
  return process.is_outdated() || process.damages() > 0 ||
         IsOfOtherBuild(task, process.build(), ReadSemantics(state).value_or(""),
                        ReadPosition(state)) ||
         ReadSemantics(state) != SemanticsOf(process.build());
}

bool Fleet::CanGoOn(const Task& task, const TaskPosition& position) const {
  if (task.options.journal.has_value()) {
    return std::max<int64_t>(position.journal_offset, 0) >=
           universe_.log.FirstOf(*task.options.journal);
  }
  const SourceId& input = task.options.inputs.front();
  const auto next = position.next.find(input);
  return (next == position.next.end() ? 0 : next->second) >= universe_.log.FirstOf(input);
}

bool Fleet::IsOutdated(const Task& task, const Disk& disk) const {
  const TaskPosition own = disk.damaged() ? TaskPosition() : ReadPosition(disk.content());
  const std::string version = ReadSemantics(disk.content()).value_or("");
  if (CanGoOn(task, own) && !IsOfOtherBuild(task, task.build, version, own)) return false;
  if (task.options.checkpoint_folder.empty()) return true;
  const auto& all = task.shelf->checkpoints;
  return std::none_of(all.begin(), all.end(), [&](const auto& entry) {
    const Shelved& one = entry.second;
    const TaskIdentity& identity = one.manifest.identity;
    // As Spoil left it.
    const bool others = std::any_of(identity.epochs.begin(), identity.epochs.end(),
                                    [](const auto& epoch) { return epoch.second == "another"; });
    return one.readable && one.whole && !others &&
           identity.state_format == task.options.state_format &&
           identity.semantics == SemanticsOf(task.build) && CanGoOn(task, one.manifest.position) &&
           !IsOfOtherBuild(task, task.build, identity.semantics, one.manifest.position);
  });
}

bool Fleet::IsShared(const SourceId& input) const {
  if (input.topic == kRulesTopic) return true;
  return std::count_if(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
           const std::vector<SourceId>& inputs = entry.second.options.inputs;
           return std::find(inputs.begin(), inputs.end(), input) != inputs.end();
         }) > 1;
}

void Fleet::Expire() {
  for (auto& [name, task] : tasks_) {
    if (task.processes.size() != 1) continue;
    Process& process = *task.processes.front();
    if (&process.disk() != task.home || process.is_other_build() || task.home->damaged() ||
        !process.core().Rereads().empty()) {
      continue;
    }
    const TaskPosition position = ReadPosition(task.home->content());
    const auto& journal = task.options.journal;
    if (journal.has_value()) {
      // What it has read again lately it would need again, and that is old.
      if (position.journal_offset < universe_.log.VisibleEndOf(*journal) ||
          universe_.log.StableEndOf(*journal) < universe_.log.EndOf(*journal)) {
        continue;
      }
      universe_.log.Expire(*journal, position.journal_offset);
    }
    task.home->Sync();
    for (const auto& [input, next] : position.next) {
      // Of rules the last always stay; of what others read, too, what they need.
      if (IsShared(input)) continue;
      universe_.log.Expire(input, next);
      if (journal.has_value()) ++counts_.expired;
    }
    universe_.Tell("retention takes what ", name, " has behind it");
  }
}

Process* Fleet::Choose() {
  std::vector<Process*> ready;
  Instant next = Instant::max();
  for (auto& [name, task] : tasks_) {
    for (const auto& process : task.processes) {
      if (process->wake() <= universe_.now) ready.push_back(process.get());
      next = std::min(next, process->wake());
    }
    if (task.processes.empty() && !ending_) next = std::min(next, task.restart_at);
  }
  if (!ready.empty()) return universe_.random.Of(ready);
  if (next != Instant::max()) universe_.now = std::max(universe_.now, next);
  return nullptr;
}

void Fleet::EndWhatIsUnsound() {
  for (auto& [name, task] : tasks_) {
    while (task.processes.size() > 1) EndProcess(task, *task.processes.front());
    if (!task.processes.empty() && task.processes.front()->disk().damaged()) {
      EndProcess(task, *task.processes.front());
    }
  }
}

void Fleet::StopAll() {
  ending_ = true;
  for (auto& [name, task] : tasks_) {
    for (const auto& process : task.processes) process->Stop();
  }
}

bool Fleet::IsOver() const {
  return std::all_of(tasks_.begin(), tasks_.end(),
                     [](const auto& entry) { return entry.second.processes.empty(); });
}

}  // namespace tocsin::simulation
