#include "correlator/app.h"

#include <thread>
#include <utility>

#include "correlator/hot_key_report.h"
#include "correlator/task_core.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/task/fail_point.h"
#include "lib/task/keep_running.h"
#include "lib/task/task_metrics.h"

namespace tocsin {
namespace {

struct Partitions {
  int32_t keyed = 0;
  OutputPartitions outputs;
};

absl::StatusOr<Partitions> CountPartitions(const KafkaConfig& kafka, const std::string& group) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Consumer> consumer, Consumer::Create(kafka, group));
  Partitions partitions;
  TOCSIN_ASSIGN_OR_RETURN(partitions.keyed, consumer->PartitionCount(kKeyedTopic));
  TOCSIN_ASSIGN_OR_RETURN(partitions.outputs.warnings, consumer->PartitionCount(kWarningsTopic));
  TOCSIN_ASSIGN_OR_RETURN(partitions.outputs.matches, consumer->PartitionCount(kMatchesTopic));
  return partitions;
}

LogLevel LevelOf(int severity) {
  return severity <= 3 ? LogLevel::kError : severity == 4 ? LogLevel::kWarning : LogLevel::kInfo;
}

// One partition's core and metrics, which live as long as its thread runs.
class PartitionTask {
 public:
  PartitionTask(const CorrelatorOptions& options, int32_t partition, const Partitions& partitions,
                std::shared_ptr<StoreResources> resources, size_t read_cache_bytes,
                std::shared_ptr<TaskWorld> world, Ops& ops)
      : name_(StrCat("correlator-", partition)),
        hot_keys_(HotKeys::Clock::now()),
        core_(name_, partition, partitions.keyed, partitions.outputs, &hot_keys_),
        metrics_(ops, name_),
        hot_key_report_(ops.registry(), name_,
                        [](LogLevel level, const std::string& text, const nlohmann::json& fields) {
                          Log(level, text, fields);
                        }),
        world_(std::move(world)) {
    TaskOptions& task = task_;
    task.name = name_;
    task.kafka = options.kafka;
    task.inputs = {{kKeyedTopic, partition}};
    task.group = options.group;
    task.transactional_id = name_;
    task.dead_letters = {kDeadLettersTopic, 0};
    task.state_folder = StrCat(options.state_dir, "/", partition);
    task.semantics = StrCat("correlator/", CorrelatorSemanticsVersion());
    for (int32_t former = 1; former < CorrelatorSemanticsVersion(); ++former) {
      task.upgrades_from.insert(StrCat("correlator/", former));
    }
    task.state_format = kCorrelatorStateFormat;
    SetCheckpoints(options.checkpoints, task);
    task.resources = std::move(resources);
    task.read_cache_bytes = read_cache_bytes;
    task.max_batch = kMostRecordsAtOnce;
    task.report = [this](const TaskReport& report) {
      metrics_.Update(report);
      hot_key_report_.Update(hot_keys_, HotKeys::Clock::now());
    };
    task.log = [](int severity, const std::string& text) { Log(LevelOf(severity), text); };
  }

  const std::string& name() const { return name_; }
  absl::Status Run(const std::stop_token& stop) {
    return KeepRunning(task_, core_, world_, stop,
                       [this](const std::string& reason) { metrics_.Blocked(reason); });
  }

 private:
  const std::string name_;
  HotKeys hot_keys_;
  CorrelatorTaskCore core_;
  TaskMetrics metrics_;
  HotKeyReport hot_key_report_;
  const std::shared_ptr<TaskWorld> world_;
  TaskOptions task_;
};

}  // namespace

absl::Status RunCorrelator(const CorrelatorOptions& options, Ops& ops, std::stop_source stop) {
  TOCSIN_ASSIGN_OR_RETURN(const Partitions partitions,
                          CountPartitions(options.kafka, options.group));
  WarnOfShortRetention(options.kafka, {kKeyedTopic}, options.checkpoints);
  std::vector<int32_t> mine = options.partitions;
  if (mine.empty()) {
    for (int32_t partition = 0; partition < partitions.keyed; ++partition)
      mine.push_back(partition);
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<TaskWorld> world,
                          MakeRealWorldWith(options.fail_point));
  const auto resources = MakeStoreResources(options.cache_bytes, options.write_buffer_bytes);
  std::vector<std::unique_ptr<PartitionTask>> tasks;
  for (const int32_t partition : mine) {
    if (partition >= partitions.keyed) {
      return absl::FailedPreconditionError(StrCat("partitions: ", kKeyedTopic, " has ",
                                                  partitions.keyed, " partitions, none is ",
                                                  partition));
    }
    tasks.push_back(std::make_unique<PartitionTask>(options, partition, partitions, resources,
                                                    options.read_cache_bytes / mine.size(), world,
                                                    ops));
  }
  struct Outcome {
    Mutex mutex;
    absl::Status first ABSL_GUARDED_BY(mutex);
  } outcome;
  {
    std::vector<std::jthread> threads;
    for (const auto& task : tasks) {
      threads.emplace_back([&, work = task.get()] {
        const absl::Status status = work->Run(stop.get_token());
        if (status.ok()) return;
        Log(LogLevel::kError, "a task ended",
            {{"task", work->name()}, {"reason", std::string(status.message())}});
        {
          const MutexLock lock(outcome.mutex);
          if (outcome.first.ok()) outcome.first = status;
        }
        // One process, one fate: a restart brings all of its partitions back together.
        stop.request_stop();
      });
    }
  }
  const MutexLock lock(outcome.mutex);
  return outcome.first;
}

}  // namespace tocsin
