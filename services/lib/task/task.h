// The transactional shell: runs a pure core over its input so that every effect happens exactly
// once.
//
// Kafka first, store second: outputs and input offsets commit in one Kafka transaction; then state
// and offsets go to RocksDB in one WriteBatch. After a crash the records between the local and the
// committed offsets are fed again with output suppressed. A task with several inputs writes the
// order in which it fed them to a journal in the same transaction, and every replay follows the
// journal.
//
// One Task owns one consumer, one transactional producer and one store, and runs on one thread
// (Run).
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "lib/base/counts.h"
#include "lib/base/state.h"
#include "lib/domain/types.h"
#include "lib/kafka/record.h"

namespace tocsin {

struct TaskEffects {
  std::vector<OutputRecord> records;
  Counts counts;
};

// A source partition as the shell sees it.
struct SourceObservation {
  SourceId source;
  bool at_end = false;
  bool reachable = true;
  friend auto operator<=>(const SourceObservation&, const SourceObservation&) = default;
};

// Records of an input from an offset, as far as the log still has them, up to another.
struct Reread {
  SourceId source;  // of the input itself
  int64_t from = 0;
  int64_t to = 0;  // excluded
  friend auto operator<=>(const Reread&, const Reread&) = default;
};

// A pure core in terms of bytes; services adapt theirs to it. Called on the task's thread only.
class TaskCore {
 public:
  virtual ~TaskCore() = default;
  // Rebuilds caches from state: at start and whenever the shell dropped writes.
  virtual absl::Status Load(const ReadState& state) = 0;
  // InvalidArgument: the record is bad; the shell writes a dead letter in the same transaction and
  // goes on. Any other error ends the task.
  virtual absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) = 0;
  // Instead of, or after, the Step of a record that was not used: undecodable, or one that crashes
  // the core. For cores that keep their input's positions; must not fail.
  virtual void Skip(const SourceId& /*source*/, int64_t /*offset*/, State& /*state*/) {}
  // Only for tasks with a journal. `encoded` is what the journal holds; EncodeObservation makes it.
  virtual std::string EncodeObservation(const std::vector<SourceObservation>& sources,
                                        bool beat) = 0;
  virtual absl::Status Observe(std::string_view encoded, State& state, TaskEffects& effects) = 0;
  // Which inputs the core wants to see a second time, and from where on: asked after Load and after
  // every Close. The answer holds until the next one. Their records come as those of AgainSource,
  // beside the live ones and at a bounded rate, one input after the other. The place is kept by the
  // core, in its state: `from` goes on with every record that it was fed or told to skip, and any
  // other `from` begins there anew. When `to` is reached the core is told by
  // Skip(AgainSource, to - 1), whatever became of that record itself, and must no longer name the
  // input. Only for tasks with a journal.
  virtual std::vector<Reread> Rereads() const { return {}; }
  // End of a transaction.
  virtual absl::Status Close(State& state, TaskEffects& effects) = 0;
};

}  // namespace tocsin
