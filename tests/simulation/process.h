// One run of one task in a simulated world: the real TaskRunner on a fiber of its own, over clients
// of the simulated log. Every call into the world is a place where others may come between, and
// where the process may end.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "builds.h"
#include "disk.h"
#include "fiber.h"
#include "lib/task/task_runner.h"
#include "universe.h"

namespace tocsin::simulation {

using MakeCore = std::function<std::unique_ptr<TaskCore>()>;

class Shelf;

// What became of checkpoints.
struct ShelfCounts {
  int64_t published = 0, loaded = 0, refused = 0, set_aside = 0;
};

class Process final : public TaskWorld {
 public:
  // `options` lack the folder. All that is referred to must outlive it. `number`: of this process
  // among all.
  Process(Universe& universe, TaskOptions options, const MakeCore& make_core, Disk& disk,
          Shelf& shelf, ShelfCounts& counts, int64_t number);
  // Kills what still runs.
  ~Process() override;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // For whoever drives it.
  void Resume();
  void Stop() { stop_.request_stop(); }
  bool is_asked_to_stop() const { return stop_.stop_requested(); }
  void Kill();  // at once
  bool has_ended() const { return fiber_.has_ended(); }
  bool was_killed() const { return killed_; }
  const absl::Status& result() const { return result_; }
  // Until then there is nothing to do.
  Instant wake() const { return wake_; }
  void Freeze(Instant until) { wake_ = std::max(wake_, until); }
  const TaskCore& core() const { return *core_; }
  Disk& disk() const { return disk_; }
  const std::string& name() const { return name_; }
  const std::string& task() const { return task_; }
  // Of another semantics version: must refuse the state. Before the first Resume.
  void set_other_build() { other_build_ = true; }
  bool is_other_build() const { return other_build_; }
  void set_build(Build build) { build_ = build; }
  Build build() const { return build_; }
  // The log no longer has what followed its state: must refuse, too.
  void set_outdated() { outdated_ = true; }
  // Of its disk, since it started; the one that it found, too.
  int64_t damages() const { return disk_.damages() - damages_before_; }
  bool is_outdated() const { return outdated_; }
  // Of its latest producer; epoch 0: none yet.
  const Session& session() const { return session_; }

  // For its clients.
  // Others come between, and this process may end: an exception that nobody but Run's caller gets.
  void Pause(const char* where);
  void SleepUntil(Instant then);
  Universe& universe() { return universe_; }
  // This process ends here and now.
  [[noreturn]] void Die(const char* where);
  ShelfCounts& shelf_counts() { return shelf_counts_; }
  void set_session(Session session) { session_ = std::move(session); }

  // Of TaskWorld.
  absl::StatusOr<std::unique_ptr<Consumer>> MakeConsumer(const KafkaConfig& kafka,
                                                         const std::string& group) override;
  absl::StatusOr<std::unique_ptr<TransactionalProducer>> MakeProducer(
      const KafkaConfig& kafka, const TransactionalOptions& options) override;
  absl::StatusOr<std::map<std::string, std::string>> ReadEpochs(
      const KafkaConfig& kafka, const std::set<std::string>& topics) override;
  absl::StatusOr<std::unique_ptr<Store>> OpenStore(
      const std::string& folder, std::shared_ptr<StoreResources> resources) override;
  absl::StatusOr<std::unique_ptr<CheckpointShelf>> OpenShelf(
      const std::string& folder, const std::string& state_folder) override;
  absl::Status SetAside(const std::string& state_folder) override;
  // Nobody is there to ask for it.
  bool IsToBeginAnew(const std::string&) override { return false; }
  void HasBegunAnew(const std::string&) override {}
  Clock::time_point Now() override { return universe_.now; }
  void Sleep(std::chrono::milliseconds time, const std::stop_token& stop) override;
  std::unique_ptr<Errand> Start(std::function<absl::Status()> work) override;

 private:
  friend class SimulatedErrand;
  struct Killed {};

  void Run(TaskOptions options);

  Universe& universe_;
  const std::string task_, name_;
  Disk& disk_;
  const int64_t damages_before_ = disk_.damages() - (disk_.damaged() ? 1 : 0);
  Shelf& shelf_;
  ShelfCounts& shelf_counts_;
  std::unique_ptr<TaskCore> core_;
  std::stop_source stop_;
  Session session_;
  Instant wake_;
  bool other_build_ = false;
  Build build_ = Build::kFormer;
  bool outdated_ = false;
  bool kill_ = false;    // at the next call
  bool killed_ = false;  // nothing reaches the world any more
  int undisturbed_ = 0;  // within a destructor, from which nothing may be thrown
  absl::Status result_;
  Fiber fiber_;
};

}  // namespace tocsin::simulation
