// Where a task's state comes from at a start, and where its checkpoints go: the local folder if it
// is sound, the newest usable checkpoint if that goes further, else nothing, and the log makes it
// anew. What is not used is said and counted. Not for use outside lib/task.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/task/checkpoint.h"
#include "lib/task/task_runner.h"
#include "lib/task/task_world.h"

namespace tocsin::task_internal {

// On the task's thread; publishing goes on beside it.
class StateHome {
 public:
  using LogLine = std::function<void(int severity, const std::string& text)>;

  // All that is referred to must outlive it.
  StateHome(TaskWorld& world, const TaskOptions& options, LogLine log)
      : world_(world), options_(options), log_(std::move(log)) {}
  ~StateHome();
  StateHome(const StateHome&) = delete;
  StateHome& operator=(const StateHome&) = delete;

  // A sound store of this identity. FailedPrecondition: what is there is of another (`anew`: it is
  // set aside then), is in use, or the folder for checkpoints cannot be used.
  absl::StatusOr<std::unique_ptr<Store>> Open(const TaskIdentity& identity, bool anew,
                                              TaskReport& report);
  // An empty one, whatever there is; the one before is closed.
  absl::StatusOr<std::unique_ptr<Store>> OpenEmpty(const std::string& why, TaskReport& report);

  // The folder of a store that was found damaged, and is closed, is no more the task's state.
  absl::Status SetAside(const std::string& why, TaskReport& report);

  // Between two calls of the store: begins a checkpoint when one is due, and sees ends. DataLoss:
  // the store was found damaged on the way. Without checkpoints it does nothing.
  absl::Status Tend(Store& store, TaskReport& report);

 private:
  struct Candidate {
    int64_t number = 0;
    CheckpointManifest manifest;
  };

  // DataLoss: what is in the state folder is damaged, or of another format.
  absl::StatusOr<std::unique_ptr<Store>> TryOpen(bool load, TaskReport& report);
  absl::StatusOr<std::unique_ptr<Store>> OpenSound();
  absl::StatusOr<std::unique_ptr<Store>> LoadFurther(std::unique_ptr<Store> store,
                                                     TaskReport& report);
  absl::StatusOr<std::unique_ptr<Store>> Load(const Candidate& candidate);
  // Of this task and identity, the furthest first.
  absl::StatusOr<std::vector<Candidate>> Candidates(TaskReport& report);
  void Unusable(int64_t number, const absl::Status& why, TaskReport& report);
  void StopPublishing();
  void Begin(Store& store, TaskReport& report);
  absl::Status End(TaskReport& report);
  // On the errand's thread.
  absl::Status Publish(CheckpointManifest manifest);
  absl::Status Prune();

  TaskWorld& world_;
  const TaskOptions& options_;
  const LogLine log_;
  TaskIdentity identity_;
  std::unique_ptr<CheckpointShelf> shelf_;  // null: no checkpoints
  TaskWorld::Clock::time_point due_{};      // the epoch: not known yet
  TaskPosition staged_;
  int64_t published_ = 0;  // number; the errand's while there is one
  std::stop_source stop_;
  std::unique_ptr<TaskWorld::Errand> publishing_;
};

}  // namespace tocsin::task_internal
