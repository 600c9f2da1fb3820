// One transaction's worth of work: what was fed, what it wrote and what it said. Not for use
// outside lib/task.
#pragma once

#include <chrono>

#include "lib/base/counts.h"
#include "lib/base/state.h"
#include "lib/task/crash_guard.h"
#include "lib/task/ledger.h"
#include "lib/task/task.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::task_internal {

// A state whose place can change under an overlay: first the writes of the batch before, then, when
// these are in it, the store.
class MovableState final : public ReadState {
 public:
  explicit MovableState(const ReadState& at) : at_(&at) {}
  void MoveTo(const ReadState& at) { at_ = &at; }
  std::optional<std::string> Get(std::string_view key) const override { return at_->Get(key); }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    at_->Scan(from, to, visit);
  }

 private:
  const ReadState* at_;
};

struct Batch {
  Batch(const ReadState& state, const TaskPosition& start)
      : below(state), writes(below), before(start), after(start) {}

  MovableState below;
  Overlay writes;
  const TaskPosition before;
  TaskPosition after;
  std::vector<OutputRecord> outputs;
  std::vector<OutputRecord> dead_letters;
  Counts counts;
  v1::JournalRecord journal;
  int64_t records = 0;
  std::chrono::steady_clock::time_point first_polled;  // of its records; for reports

  // Nothing was fed; an observation that is due comes only when it is finished.
  bool IsEmpty() const { return records == 0 && journal.steps().empty(); }
};

// What feeding needs to know of the task.
struct Feeder {
  TaskCore& core;
  CrashGuard& guard;
  const std::string& task;
  const SourceId& dead_letters;
  bool has_journal = false;

  // Steps one record; a bad one becomes a dead letter and leaves no other trace. `skip`: it is
  // known to crash the core and is not fed.
  // What is read again moves no offset of the task's inputs.
  absl::Status Feed(const InputRecord& record, bool skip, Batch& batch);
  // Tells the core that what it wanted to read again of a source, `again`, ends at `end`.
  void End(const SourceId& again, int64_t end, Batch& batch);
  absl::Status Observe(const std::string& encoded, Batch& batch);
  absl::Status Close(Batch& batch);
};

}  // namespace tocsin::task_internal
