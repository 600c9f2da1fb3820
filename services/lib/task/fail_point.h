// Fail points: for tests, a place between two steps of the shell at which the process ends itself
// with SIGKILL, as a crash would.
//
// A process takes one as its option `fail_point`: "after_commit:3" ends it when any of its tasks
// passes that place for the third time in all. It is refused unless the environment has
// TOCSIN_FAIL_POINTS=allowed, so that a file of options alone can never do it. Without one nothing
// is put in the way of the shell.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/task/task_world.h"

namespace tocsin {

// Every place, in the order in which a task passes them. At each, what came before it is done and
// what follows is not; what a task does between two of them reaches nobody else.
inline constexpr std::array<std::string_view, 12> kFailPoints = {
    "after_open_store",  // the state's folder is held
    "after_identity",    // cluster and epochs are known, not yet compared or kept
    "after_init",        // whoever had the transactional id before is fenced
    "after_committed",   // the committed offsets are known, the replay has not begun
    "after_assign",      // of a replay, or live
    "after_poll",        // records were read, and not yet fed
    "before_begin",      // a batch was computed, and nobody has heard of it
    "after_begin",       // a transaction is open and empty
    "after_produce",     // ... and has some of its records
    "after_offsets",     // ... and all, with the offsets of the inputs
    "after_commit",      // it is committed, and not in the store
    "after_store",       // ... and in the store: also in a replay, and once at each start
};

struct FailPoint {
  std::string name;
  int64_t passes = 0;  // the process ends at this one, counted from 1
};

// "name:passes". InvalidArgument names the places.
absl::StatusOr<FailPoint> ParseFailPoint(std::string_view text);

// Kafka, RocksDB and the steady clock as they are if `fail_point` is empty. FailedPrecondition: it
// is not, and the environment does not allow it.
absl::StatusOr<std::shared_ptr<TaskWorld>> MakeRealWorldWith(const std::string& fail_point);

}  // namespace tocsin
