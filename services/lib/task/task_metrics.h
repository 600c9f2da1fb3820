// A task's reports as Prometheus metrics and readiness. Thread-safe; reports come from the task's
// thread.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "lib/service/service.h"
#include "lib/task/task_runner.h"

namespace tocsin {

class TaskMetrics {
 public:
  // `ops` must outlive it. Every metric carries the label task=`task`; the readiness condition is
  // the task's name, met once its replay is over and it has been at the end of its inputs.
  TaskMetrics(Ops& ops, std::string task);

  void Update(const TaskReport& report);
  // The task waits for a person, for this reason, until the next Update.
  void Blocked(const std::string& reason);

 private:
  std::map<std::string, std::string> LabelOf(const SourceId& source) const;
  void Unblock();
  void Count(const std::string& name, const std::string& help, int64_t value);

  Ops& ops_;
  const std::map<std::string, std::string> label_;
  const std::string task_;
  bool ready_ = false;
  prometheus::Histogram& commit_seconds_;
  prometheus::Histogram& batch_seconds_;
  prometheus::Family<prometheus::Gauge>& lag_;
  prometheus::Family<prometheus::Gauge>& reread_left_;
  std::set<SourceId> read_again_;  // have a gauge
  prometheus::Gauge& checkpoint_stall_;
  prometheus::Family<prometheus::Gauge>& blocked_;
  std::string blocked_by_;  // empty: it is not
  prometheus::Family<prometheus::Counter>& core_;
};

}  // namespace tocsin
