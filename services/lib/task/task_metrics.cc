#include "lib/task/task_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

namespace tocsin {
namespace {

prometheus::Histogram& SecondsOf(Ops& ops, const std::string& name, const std::string& help,
                                 const std::map<std::string, std::string>& label) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(ops.registry())
      .Add(label, prometheus::Histogram::BucketBoundaries{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
                                                          0.5, 1, 2, 5});
}

double Seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

TaskMetrics::TaskMetrics(Ops& ops, std::string task)
    : ops_(ops),
      label_{{"task", task}},
      task_(std::move(task)),
      commit_seconds_(
          SecondsOf(ops, "tocsin_task_commit_seconds", "Time of one transaction", label_)),
      batch_seconds_(SecondsOf(ops, "tocsin_task_batch_seconds",
                               "From the first record of a batch to its commit", label_)),
      lag_(prometheus::BuildGauge()
               .Name("tocsin_task_lag")
               .Help("Offsets between a task and the end of an input")
               .Register(ops.registry())),
      reread_left_(prometheus::BuildGauge()
                       .Name("tocsin_task_reread_left")
                       .Help("Offsets of an input that a task has still to read a second time")
                       .Register(ops.registry())),
      checkpoint_stall_(prometheus::BuildGauge()
                            .Name("tocsin_task_checkpoint_stall_seconds")
                            .Help("How long the flow stood still for the last checkpoint")
                            .Register(ops.registry())
                            .Add(label_)),
      blocked_(prometheus::BuildGauge()
                   .Name("tocsin_task_blocked")
                   .Help("1: the task waits for a person, for this reason")
                   .Register(ops.registry())),
      core_(prometheus::BuildCounter()
                .Name("tocsin_core_total")
                .Help("What the core counted, by name")
                .Register(ops.registry())) {
  ops_.SetReady(task_, false);
}

std::map<std::string, std::string> TaskMetrics::LabelOf(const SourceId& source) const {
  std::map<std::string, std::string> label = label_;
  label["topic"] = source.topic;
  label["partition"] = std::to_string(source.partition);
  return label;
}

void TaskMetrics::Count(const std::string& name, const std::string& help, int64_t value) {
  if (value == 0) return;
  prometheus::BuildCounter()
      .Name("tocsin_task_" + name + "_total")
      .Help(help)
      .Register(ops_.registry())
      .Add(label_)
      .Increment(static_cast<double>(value));
}

void TaskMetrics::Blocked(const std::string& reason) {
  Unblock();
  blocked_by_ = reason;
  blocked_.Add({{"task", task_}, {"reason", reason}}).Set(1);
  // The reasons why a process is not ready are these names.
  ops_.SetReady(task_ + " is blocked: " + reason, false);
  ops_.SetReady(task_, false);
  ready_ = false;
}

void TaskMetrics::Unblock() {
  if (blocked_by_.empty()) return;
  blocked_.Add({{"task", task_}, {"reason", blocked_by_}}).Set(0);
  ops_.SetReady(task_ + " is blocked: " + blocked_by_, true);
  blocked_by_.clear();
}

void TaskMetrics::Update(const TaskReport& report) {
  Unblock();
  Count("records_in", "Records read and committed", report.records_in);
  Count("records_out", "Records written and committed", report.records_out);
  Count("transactions", "Transactions committed", report.transactions);
  Count("aborts", "Transactions dropped and done again", report.aborts);
  Count("recoveries", "Producers replaced after an unknown outcome", report.recoveries);
  Count("dead_letters", "Records that could not be used", report.dead_letters);
  Count("checkpoints", "Checkpoints published", report.checkpoints);
  Count("checkpoint_failures", "Checkpoints that could not be made", report.checkpoint_failures);
  Count("checkpoints_unusable", "Checkpoints found damaged, incomplete or of another identity",
        report.checkpoints_unusable);
  Count("states_loaded", "States loaded from a checkpoint", report.states_loaded);
  Count("states_set_aside", "States found damaged and made anew", report.states_set_aside);
  if (report.checkpoint_stall) checkpoint_stall_.Set(Seconds(*report.checkpoint_stall));
  if (report.commit_time) commit_seconds_.Observe(Seconds(*report.commit_time));
  if (report.batch_time) batch_seconds_.Observe(Seconds(*report.batch_time));
  for (const auto& [source, lag] : report.lag) {
    lag_.Add(LabelOf(source)).Set(static_cast<double>(lag));
  }
  for (const auto& [source, left] : report.reread_left) read_again_.insert(source);
  for (const SourceId& source : read_again_) {
    const auto it = report.reread_left.find(source);
    const int64_t left = it == report.reread_left.end() ? 0 : it->second;
    reread_left_.Add(LabelOf(source)).Set(static_cast<double>(left));
  }
  for (const auto& [name, count] : report.counts) {
    std::map<std::string, std::string> label = label_;
    label["name"] = name;
    core_.Add(label).Increment(static_cast<double>(count));
  }
  // Ready once, ready until it ends: falling behind is lag, not a reason to take it away.
  if (!ready_ && report.caught_up && !report.replaying) {
    ready_ = true;
    ops_.SetReady(task_, true);
  }
}

}  // namespace tocsin
