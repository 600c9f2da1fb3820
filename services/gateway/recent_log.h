// The end of each partition's log as the view has it, in memory: nearly every watch reads there,
// and would decode for itself what all others do.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "lib/base/mutex.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::gateway {

// A warning as it lies in the log, for nobody's eyes.
struct WarningRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  v1::Warning warning;
};

class RecentLog {
 public:
  // `begins`: the first offset of each partition that may be added. Holds `most_bytes` of records
  // at most, as they lie in memory, of all partitions together; the oldest go first.
  RecentLog(const std::vector<int64_t>& begins, size_t most_bytes);

  // Offsets of a partition only grow.
  void Add(WarningRecord record);
  // Does nothing where it is not held.
  void Remove(int32_t partition, int64_t offset);

  // The first record of the partition at `from` or after it; nullptr if there is none. Absent: what
  // lies there is not held here, or not all of it.
  std::optional<std::shared_ptr<const WarningRecord>> Next(int32_t partition, int64_t from) const;

 private:
  struct Part {
    int64_t begin = 0;  // all from here on is held
    std::deque<std::shared_ptr<const WarningRecord>> records;
  };
  struct Held {
    int32_t partition = 0;
    int64_t offset = 0;
    size_t bytes = 0;
  };

  void Drop() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t most_bytes_;
  mutable Mutex mutex_;
  std::vector<Part> parts_ ABSL_GUARDED_BY(mutex_);
  std::deque<Held> order_ ABSL_GUARDED_BY(mutex_);  // as added
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tocsin::gateway
