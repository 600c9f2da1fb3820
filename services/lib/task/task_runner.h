// Runs a core as a task: reads, steps, commits outputs with input offsets, then keeps the state.
//
// Input: one source, or several with a journal. While one transaction commits, the next batch is
// already computed over the writes of the one before; when a commit fails both are dropped, the
// core is loaded again and the input rewound. At a start, and after every commit of unknown
// outcome, the committed offsets are the truth: what lies between the state and them is fed again
// with its output suppressed, in the order of the journal if there is one.
//
// With a folder for checkpoints, the state is copied there every so often, beside the flow, and a
// task whose local state is absent, damaged or further behind begins with the newest copy that is
// usable. A state that is damaged is set aside, at a start and while the task runs.
//
// What ends Run with an error, and what to do:
//   FailedPrecondition  another process took over; or the task is blocked (lib/task/blocked.h): the
//                       state folder belongs to another cluster, another generation of a topic,
//                       another semantics version, or the log no longer holds what the state needs.
//                       The text names the folder, the reason and the command to go on without what
//                       is lost.
//   DataLoss            the state was damaged again and again: the disk needs a person.
//   others              of the core or of Kafka; a restart resumes where the last commit was.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/kafka/client.h"
#include "lib/rocks/store.h"
#include "lib/task/task.h"
#include "lib/task/task_world.h"

namespace tocsin {

// What happened since the last report, and where the task is. For metrics and readiness.
struct TaskReport {
  // Replay is over, and every input has been at its end since.
  bool caught_up = false;
  bool replaying = false;
  int64_t records_in = 0;
  int64_t records_out = 0;
  int64_t transactions = 0;
  int64_t aborts = 0;      // transactions dropped and done again
  int64_t recoveries = 0;  // producers replaced after an unknown or fatal outcome
  int64_t dead_letters = 0;
  int64_t checkpoints = 0;           // published
  int64_t checkpoint_failures = 0;   // not made, or not published
  int64_t checkpoints_unusable = 0;  // found missing a part, damaged, or of another identity
  int64_t states_loaded = 0;         // from a checkpoint
  int64_t states_set_aside = 0;      // damaged
  // How long the flow stood still for the last checkpoint, if one was made.
  std::optional<std::chrono::microseconds> checkpoint_stall;
  // Of the transaction that just committed, if one did: from its begin, and from the first record
  // of its batch.
  std::optional<std::chrono::microseconds> commit_time;
  std::optional<std::chrono::microseconds> batch_time;
  std::map<SourceId, int64_t> positions;  // next offset of each input, as committed
  std::map<SourceId, int64_t> lag;        // end of the log less position; counts markers, too
  // Inputs that are read again beside all this: offsets still to go.
  std::map<SourceId, int64_t> reread_left;
  std::map<std::string, int64_t> counts;  // the core's own counters
};

// For TaskOptions::max_batch of a service: far behind, a task does as many records in one
// transaction as fit into the time of a commit.
inline constexpr size_t kMostRecordsAtOnce = 8000;

struct TaskOptions {
  std::string name;  // "router-0": in dead letters and messages
  KafkaConfig kafka;
  std::vector<SourceId> inputs;
  // Inputs that are read to their end, at every start, before any other is read at all.
  std::set<SourceId> first;
  std::string group;                // where the offsets are committed
  std::string transactional_id;     // one for each task of the deployment, the same at every start
  std::optional<SourceId> journal;  // required for more than one input
  SourceId dead_letters;
  std::string state_folder;
  // Of the core: state written under another is refused, ...
  std::string semantics;
  // ... but for these, with which the core goes on by itself if nothing was committed since.
  std::set<std::string> upgrades_from;
  // Of the core's keys and values: state written in another is set aside and made anew.
  int64_t state_format = 1;
  // Where this task's checkpoints are: a folder of its own, outliving the machine. Empty: none.
  std::string checkpoint_folder;
  std::chrono::milliseconds checkpoint_every{300'000};
  int64_t checkpoints_kept = 3;
  std::shared_ptr<StoreResources> resources;
  // For a core that scans the same keys again and again: about so much of what was read of the
  // store is kept in memory. 0: nothing.
  size_t read_cache_bytes = 0;
  // Least time between the begins of two transactions; shorter than 15 ms makes latency worse.
  std::chrono::milliseconds commit_period{20};
  size_t max_batch = 2000;  // records of one transaction
  // Tasks with a journal: an observation, and so a transaction, at least this often.
  std::chrono::milliseconds beat_period{1000};
  std::chrono::milliseconds transaction_timeout{15'000};
  // Most records in a second of what the core wants to read again (TaskCore::Rereads); none while
  // live records fill every batch.
  int64_t reread_per_second = 5000;
  // Called on the task's thread when a replay is over, then after every transaction and at least
  // once a second. May be empty.
  std::function<void(const TaskReport&)> report;
  // For what an operator should know, with a syslog severity. Empty: as kafka.log.
  std::function<void(int severity, const std::string& text)> log;
};

// InvalidArgument names what is missing or contradicts itself.
absl::Status CheckOptions(const TaskOptions& options);

class TaskRunner {
 public:
  // `core` must outlive the runner. Another than the real world is for simulations.
  TaskRunner(TaskOptions options, TaskCore& core,
             std::shared_ptr<TaskWorld> world = MakeRealWorld());
  ~TaskRunner();
  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

  // Until a stop is asked for (OK, the last batch committed) or an error ends the task. Once.
  absl::Status Run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin
