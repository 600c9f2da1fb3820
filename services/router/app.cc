#include "router/app.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/geo/place_index.h"
#include "lib/kafka/topic_set.h"
#include "lib/rules/pack.h"
#include "lib/task/fail_point.h"
#include "lib/task/keep_running.h"
#include "lib/task/task_metrics.h"
#include "router/metrics.h"
#include "router/publisher.h"
#include "router/retention.h"
#include "router/retention_watch.h"
#include "router/task_core.h"

namespace tocsin {
namespace {

constexpr std::chrono::milliseconds kBackoff{500};
constexpr char kRulesCondition[] = "rules";
constexpr char kRetentionCondition[] = "rules_retention";
const SourceId kRulesSource = {kRulesTopic, 0};

void LogKafka(int severity, const std::string& text) {
  const LogLevel level = severity <= 3   ? LogLevel::kError
                         : severity <= 4 ? LogLevel::kWarning
                         : severity <= 6 ? LogLevel::kInfo
                                         : LogLevel::kDebug;
  Log(level, text);
}

Time MachineClock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// Repeats a call while no broker answers.
template <class Call>
auto Patiently(const std::stop_token& stop, Call call) -> decltype(call()) {
  while (true) {
    auto result = call();
    if (!absl::IsUnavailable(result.status())) return result;
    if (stop.stop_requested()) return absl::CancelledError("stopped while no broker answered");
    Log(LogLevel::kWarning, "waits for Kafka",
        {{"reason", std::string(result.status().message())}});
    SleepUnlessStopped(stop, kBackoff);
  }
}

struct Topics {
  // The rules, and this router task's partitions of the matches and of every mission's topics.
  std::set<SourceId> inputs;
  // Those of other router tasks that tell a scenario's time.
  std::set<SourceId> heeded;
  int32_t keyed_partitions = 0;
};

absl::Status CheckEnough(const char* topic, int32_t partitions, int32_t router_tasks) {
  if (partitions >= router_tasks) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("router_tasks: is ", router_tasks, ", but ", topic, " has ", partitions,
             " partitions; each router task needs its own. The context file of tocsinctl topics "
             "says how many are made: docs/scaling.md"));
}

absl::StatusOr<Topics> FindTopics(const RouterServiceOptions& options,
                                  const std::stop_token& stop) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Consumer> consumer,
                          Consumer::Create(options.kafka, options.group));
  const auto count = [&](const std::string& topic) {
    return Patiently(stop, [&] { return consumer->PartitionCount(topic); });
  };
  Topics topics;
  TOCSIN_ASSIGN_OR_RETURN(topics.keyed_partitions, count(kKeyedTopic));
  topics.inputs.insert(kRulesSource);
  const RouterTask& router = options.router;
  const auto is_own = [&](int32_t partition) { return partition % router.of == router.index; };
  TOCSIN_ASSIGN_OR_RETURN(const int32_t journals, count(kJournalTopic));
  TOCSIN_RETURN_IF_ERROR(CheckEnough(kJournalTopic, journals, router.of));
  TOCSIN_ASSIGN_OR_RETURN(const int32_t matches, count(kMatchesTopic));
  TOCSIN_RETURN_IF_ERROR(CheckEnough(kMatchesTopic, matches, router.of));
  for (int32_t p = router.index; p < matches; p += router.of) {
    topics.inputs.insert({kMatchesTopic, p});
  }
  bool any = false;
  for (const MissionId& mission : options.missions) {
    for (const std::string& topic : {SitrepsTopic(mission), SensorsTopic(mission)}) {
      TOCSIN_ASSIGN_OR_RETURN(const int32_t partitions, count(topic));
      for (int32_t p = 0; p < partitions; ++p) {
        any = any || is_own(p);
        if (is_own(p)) {
          topics.inputs.insert({topic, p});
        } else if (options.clock == ClockMode::kScenario) {
          topics.heeded.insert({topic, p});
        }
      }
    }
  }
  if (any) return topics;
  return absl::FailedPreconditionError(StrCat("router_tasks: is ", router.of,
                                              ", but no topic of a mission has a partition for "
                                              "router task ",
                                              router.index, ": docs/scaling.md"));
}

absl::Status Publish(const RouterServiceOptions& options, const PackToPublish& pack,
                     const std::stop_token& stop) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string active, Patiently(stop, [&] {
                            return PublishOnce(options.kafka, pack, options.task, stop);
                          }));
  const std::string& own = pack.activation.digest;
  if (active.empty() || active == own) {
    Log(LogLevel::kInfo, active.empty() ? "published the rules" : "the rules are published already",
        {{"digest", own}, {"documents", pack.documents.size()}});
    return absl::OkStatus();
  }
  Log(LogLevel::kWarning,
      "goes on with the rules in effect, which are not those of rules_dir and live_missions; "
      "tocsinctl rules propose changes them",
      {{"rules_dir", options.rules_dir}, {"digest", own}, {"digest_in_effect", active}});
  return absl::OkStatus();
}

// Only router task 0 publishes.
absl::Status AwaitRules(const RouterServiceOptions& options, const std::stop_token& stop) {
  const auto wait = [&]() -> absl::StatusOr<bool> {
    TOCSIN_ASSIGN_OR_RETURN(const PackToPublish active, LastActivation(options.kafka, stop));
    if (!active.activation.digest.empty()) return true;
    return absl::UnavailableError(
        StrCat(kRulesTopic, " activates no rules yet; router task 0 publishes the first"));
  };
  return Patiently(stop, wait).status();
}

// The rules that will be in effect: those that the log activates, else those of the folder. Without
// any there is nothing to check.
absl::Status CheckTopicsFor(const std::optional<PackToPublish>& given,
                            const RouterServiceOptions& options, const std::stop_token& stop) {
  TOCSIN_ASSIGN_OR_RETURN(PackToPublish rules,
                          Patiently(stop, [&] { return LastActivation(options.kafka, stop); }));
  if (rules.activation.digest.empty() && given) rules = *given;
  const absl::StatusOr<Pack> pack = ParsePack(rules.documents, rules.activation.live_missions);
  if (!pack.ok()) return absl::OkStatus();  // the core says so, with all that is wrong
  TOCSIN_ASSIGN_OR_RETURN(const auto retention, Patiently(stop, [&] {
                            return ReadRetention(options.kafka,
                                                 TopicsThatStateNeeds(options.missions));
                          }));
  return CheckRetention(FindLongestRule(*pack), retention);
}

}  // namespace

absl::Status RunRouter(const RouterServiceOptions& given, Ops& ops, const std::stop_token& stop) {
  RouterServiceOptions options = given;
  options.kafka.log = LogKafka;
  ops.SetReady(kRulesCondition, false);
  TaskMetrics task_metrics(ops, options.task);
  TOCSIN_ASSIGN_OR_RETURN(const std::shared_ptr<TaskWorld> world,
                          MakeRealWorldWith(options.fail_point));
  // What is wrong with the folder is said before anything is waited for.
  std::optional<PackToPublish> pack;
  if (!options.rules_dir.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(pack, ReadPack(options.rules_dir, options.live_missions));
  }
  TOCSIN_ASSIGN_OR_RETURN(const Topics topics, FindTopics(options, stop));
  TOCSIN_RETURN_IF_ERROR(CheckTopicsFor(pack, options, stop));
  if (options.router.index > 0) {
    TOCSIN_RETURN_IF_ERROR(AwaitRules(options, stop));
  } else if (pack) {
    TOCSIN_RETURN_IF_ERROR(Publish(options, *pack, stop));
  }

  RouterTaskCore core({.task = options.task,
                       .router = {.keyed_partitions = topics.keyed_partitions,
                                  .clock = options.clock,
                                  .margin = options.margin,
                                  .task = options.router},
                       .inputs = topics.inputs},
                      MakeS2PlaceIndex, MachineClock);
  RouterMetrics metrics(ops.registry(), options.clock);
  RetentionWatch retention(
      [&] { return ReadRetention(options.kafka, TopicsThatStateNeeds(options.missions)); });
  TaskOptions task;
  task.name = options.task;
  task.kafka = options.kafka;
  task.inputs.assign(topics.inputs.begin(), topics.inputs.end());
  task.inputs.insert(task.inputs.end(), topics.heeded.begin(), topics.heeded.end());
  // Events mean nothing before there are rules.
  task.first = {kRulesSource};
  task.group = options.group;
  task.max_batch = kMostRecordsAtOnce;
  task.reread_per_second = options.reread_per_second;
  task.transactional_id = options.task;
  task.journal = SourceId{kJournalTopic, options.router.index};
  task.dead_letters = {kDeadLettersTopic, 0};
  task.state_folder = (std::filesystem::path(options.state_dir) / options.task).string();
  task.semantics = StrCat("router ", kRouterSemanticsVersion);
  task.state_format = kRouterStateFormat;
  SetCheckpoints(options.checkpoints, task);
  WarnOfShortRetention(options.kafka, TopicsThatStateNeeds(options.missions), options.checkpoints);
  task.log = LogKafka;
  task.report = [&](const TaskReport& report) {
    task_metrics.Update(report);
    metrics.Update(report, core.router().backfilling().size(), std::chrono::system_clock::now());
    ops.SetReady(kRulesCondition, !core.router().rules_digest().empty());
    if (const Pack* rules = core.router().rules(); rules != nullptr) {
      ops.SetReady(kRetentionCondition,
                   retention.Suffices(*rules, std::chrono::steady_clock::now()));
    }
  };
  const absl::Status status = KeepRunning(
      task, core, world, stop, [&](const std::string& reason) { task_metrics.Blocked(reason); });
  ops.SetReady(options.task, false);
  return status;
}

}  // namespace tocsin
