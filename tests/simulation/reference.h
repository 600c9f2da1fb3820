// What each task would have written had nothing ever gone wrong: the same cores, fed once and in
// order what the log says was read. Every transaction is compared, byte for byte, at the moment
// when its commit is decided.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/state.h"
#include "lib/domain/warning.h"
#include "lib/task/ledger.h"
#include "log.h"
#include "process.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::simulation {

class Reference {
 public:
  explicit Reference(const Log& log) : log_(log) {}

  // Tasks with several inputs have a journal.
  void Add(const TaskOptions& options, const MakeCore& make_core);

  // The first promise that it breaks; empty: none.
  std::string Check(const Transaction& transaction);
  // Whether a state goes no further than the task's last transaction, and, if it goes as far, is
  // the undisturbed one: all of it, or its positions only.
  std::string CheckState(const std::string& task, const ReadState& state, bool all) const;
  const TaskPosition& position(const std::string& task) const { return tasks_.at(task).position; }
  // The one that committed last, and whether any is another than at the beginning.
  Build build(const std::string& task) const { return tasks_.at(task).build; }
  bool has_upgraded() const;

  // Called with each that is told, before it is judged; says what is wrong with it. May be empty.
  std::function<std::string(const Warning&)> on_warning;
  // By id, as last told.
  const std::map<WarningId, Warning>& warnings() const { return warnings_; }
  // Of each task with a journal, so far.
  const std::map<std::string, int64_t>& beats() const { return beats_; }
  int64_t transactions() const { return transactions_; }

 private:
  struct Task {
    TaskOptions options;
    MakeCore make_core;
    Build build = Build::kFormer;
    std::unique_ptr<TaskCore> core;
    MemoryState state;
    TaskPosition position;
    int64_t epoch = 0;  // of the last transaction's writer
  };
  // What one transaction should have said.
  struct Expected {
    std::vector<OutputRecord> outputs, dead_letters;
  };

  std::string CheckJournaled(const Transaction& transaction, Task& task, Expected& expected);
  // The build that commits is the one that did before, or takes over here.
  std::string CheckBuild(const CommittedOffset& committed, int64_t next, Task& task);
  std::string CheckSingle(const Transaction& transaction, Task& task, Expected& expected);
  std::string Follow(const v1::JournalSpan& span, Task& task, Expected& expected);
  std::string Feed(const InputRecord& record, Task& task, Expected& expected);
  std::string Compare(const Transaction& transaction, const Task& task, const Expected& expected);
  std::string CheckWarning(const OutputRecord& record);
  std::string CompareStates(const Task& task, const ReadState& state) const;

  const Log& log_;
  std::map<std::string, Task> tasks_;  // by transactional id
  std::map<WarningId, Warning> warnings_;
  std::map<std::string, int64_t> beats_;
  int64_t transactions_ = 0;
};

}  // namespace tocsin::simulation
