// The tasks of a deployment, wherever they run: operators and machines start them, stop them, lose
// them, move them, and forget that one of them still runs elsewhere.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "builds.h"
#include "process.h"
#include "shelf.h"

namespace tocsin::simulation {

// What is done to a task, as one in so many steps or, of starts and crashes, of these; 0: never.
struct Mischief {
  int64_t stops = 0;            // in order, to be started again
  int64_t zombies = 0;          // started elsewhere while it runs
  int64_t freezes = 0;          // no progress for a while
  int64_t absences = 0;         // killed, and not started for a long while
  int64_t copies = 0;           // of its state, put aside by somebody
  int64_t damages = 0;          // of its disk
  int64_t spoils = 0;           // of a checkpoint
  int64_t machine_crashes = 0;  // of crashes: what was not synced is lost, but for a part
  int64_t old_starts = 0;       // from such a copy
  int64_t empty_starts = 0;     // from nothing
  int64_t other_builds = 0;     // of another semantics version first
  int64_t upgrades = 0;         // of the next build from here on, of a correlator
};

struct Task {
  TaskOptions options;
  MakeCore make_core;
  Build build = Build::kFormer;  // of what is started now
  std::vector<std::unique_ptr<Disk>> disks;
  std::vector<MemoryState> copies;
  std::unique_ptr<Shelf> shelf = std::make_unique<Shelf>();
  std::vector<std::unique_ptr<Process>> processes;  // zombies first
  Disk* home = nullptr;                             // of the newest
  Instant restart_at{};
};

struct FleetCounts {
  int64_t starts = 0, kills = 0, torn = 0, old_states = 0, zombies = 0, other_builds = 0,
          upgrades = 0, blocked = 0, outdated = 0, spoils = 0, absences = 0, expired = 0,
          changed_inputs = 0;
  ShelfCounts shelf;
};

class Fleet {
 public:
  // `folder`: exists; for the marks of crashes.
  Fleet(Universe& universe, std::string folder) : universe_(universe), folder_(std::move(folder)) {}

  void Add(TaskOptions options, MakeCore make_core);
  // From its next start on the task has other inputs; what runs of it is asked to stop.
  void ChangeInputs(const std::string& name, std::vector<SourceId> inputs, MakeCore make_core);
  void set_mischief(const Mischief& mischief) { mischief_ = mischief; }
  const std::map<std::string, Task>& tasks() const { return tasks_; }
  const FleetCounts& counts() const { return counts_; }

  // What is due for each task: ends are seen, what does not run is started, mischief is done.
  void Tend();
  // Some process that has something to do, or time goes on until there is one.
  Process* Choose();
  // Records that no state in use needs are gone from the log.
  void Expire();
  // Only the newest of each task is left, and none with a damage that nobody has seen yet.
  void EndWhatIsUnsound();
  // Asks all to stop; nothing is started any more.
  void StopAll();
  bool IsOver() const;

 private:
  void Tend(Task& task);
  void Restart(Task& task);
  void StartElsewhere(Task& task);
  void TakeAway(Task& task);
  void NewDisk(Task& task, const MemoryState& content);
  Process& Start(Task& task, Disk& disk);
  void EndProcess(Task& task, Process& process);
  void FollowAdvice(Task& task, const absl::Status& blocked);
  bool MayEndSo(const Task& task, const Process& process) const;
  // The log no longer has what follows the state, nor what follows any checkpoint.
  bool IsOutdated(const Task& task, const Disk& disk) const;
  bool CanGoOn(const Task& task, const TaskPosition& position) const;
  // Another build told some of what the state lacks.
  bool IsOfOtherBuild(const Task& task, Build build, const std::string& version,
                      const TaskPosition& position) const;
  bool MayBeBlocked(const Task& task, const Process& process) const;
  void Spoil(Task& task);
  // Another task reads it, too.
  bool IsShared(const SourceId& input) const;

  Universe& universe_;
  const std::string folder_;
  std::map<std::string, Task> tasks_;
  Mischief mischief_;
  FleetCounts counts_;
  bool ending_ = false;
};

}  // namespace tocsin::simulation
