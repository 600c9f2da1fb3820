// What the tests of the shell share: a set of topics, a task in a thread, a task in a process.
#pragma once

#include <cstdio>
#include <mutex>
#include <thread>

#include <sys/types.h>

#include "lib/task/task_runner.h"
#include "tests/integration/kafka_fixture.h"
#include "tests/integration/toy_core.h"

namespace tocsin::testing {

// The topics and names of one task.
struct TaskSetup {
  explicit TaskSetup(const std::string& stem, int inputs, bool with_journal);
  TaskOptions Options() const;

  std::string id;
  std::vector<SourceId> inputs;
  SourceId output, dead_letters;
  std::optional<SourceId> journal;
  std::string state_folder;
};

// The toy core's outputs for these records, from one input, in this order.
std::vector<std::string> Expected(const SourceId& input, const std::vector<std::string>& values);

std::vector<std::string> Values(const std::vector<InputRecord>& records);

// All keys and values of a store that no task has open.
std::map<std::string, std::string> Content(const std::string& state_folder);

// A task in a thread of this process; stopped and joined at the end.
class TaskThread {
 public:
  TaskThread(TaskOptions options, TaskCore& core);
  ~TaskThread();
  // Sums of all reports so far.
  TaskReport Sum() const;
  // Waits for Run's end by itself, or after asking for it.
  absl::Status Wait();
  absl::Status Stop();

 private:
  mutable std::mutex mutex_;
  TaskReport sum_;
  absl::Status result_;
  std::jthread thread_;
};

// Runs the task until its replay is over, without taking it live.
absl::Status ReplayOnly(TaskOptions options, TaskCore& core);

// A toy_task process.
class TaskProcess {
 public:
  explicit TaskProcess(const TaskSetup& setup);
  ~TaskProcess();
  TaskProcess(const TaskProcess&) = delete;
  TaskProcess& operator=(const TaskProcess&) = delete;
  // The next line that it writes; empty at its end.
  std::string Line();
  void Signal(int signal) const;
  // As of waitpid.
  int Wait();

 private:
  pid_t pid_ = -1;
  FILE* lines_ = nullptr;
};

// Starts the task and kills it a random while after its first commit, `kills` times; then lets it
// end in order once `finished` holds. Input goes on all the time.
void KillAndFinish(const TaskSetup& setup, const std::vector<std::string>& values, int kills,
                   const std::function<bool()>& finished);

// Starts the task again and again, as a supervisor does, until as many outputs as there should be
// came through in spite of a record that crashes it.
void RunOverPoison(const TaskSetup& setup, size_t outputs);

}  // namespace tocsin::testing
