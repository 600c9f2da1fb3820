// Counts crashes beside the store, and names the record that causes them.
//
// While a record is in the core, a mark with its position stands in a memory-mapped file,
// <state folder>.mark: setting it costs no system call, and it outlives the process. If it is there
// at a start, the last run ended inside the core at that record: a crash, or a kill at that very
// moment. The third time, the record is skipped from then on. Counts are kept in <state
// folder>.crashes.
//
// One thread. Neither file is synced: a crash of the machine is none of a record's doing. A crash
// outside of Step (in Close, or later by damaged memory) is not counted: there is no record to skip
// for it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"

namespace tocsin {

class CrashGuard {
 public:
  using Position = std::map<SourceId, int64_t>;  // next offsets
  static constexpr int64_t kCrashesUntilSkip = 3;

  // `next`: how far the state goes. InvalidArgument: a file is unreadable; the text says what to
  // do.
  static absl::StatusOr<std::unique_ptr<CrashGuard>> Open(const std::string& state_folder,
                                                          const Position& next);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  bool ShouldSkip(const SourceId& source, int64_t offset) const {
    if (crashes_.empty()) return false;
    const auto it = crashes_.find({source, offset});
    return it != crashes_.end() && it->second >= kCrashesUntilSkip;
  }
  // Records that crashed the core and are still ahead, with the number of times.
  const std::map<std::pair<SourceId, int64_t>, int64_t>& crashes() const { return crashes_; }

  // Around every step of the core.
  void Enter(const SourceId& source, int64_t offset);
  void Leave();

  // `next`: how far the state goes now. Forgets what is behind it.
  void OrderlyStop(const Position& next);

 private:
  struct Mark;

  explicit CrashGuard(const std::string& state_folder);
  absl::Status MapMark();
  absl::Status ReadCrashes(const Position& next);
  absl::Status WriteCrashes() const;

  const std::string mark_path_;
  const std::string crashes_path_;
  Mark* mark_ = nullptr;  // mapped
  SourceId marked_;       // whose topic and partition stand in the mark
  std::map<std::pair<SourceId, int64_t>, int64_t> crashes_;
};

}  // namespace tocsin
