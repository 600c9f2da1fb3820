// Counts crashes beside the store, and finds the record that causes them.
//
// A file <state folder>.guard exists while the task runs; an orderly stop removes it. If it is
// there at a start, the last run crashed or was killed. After two such runs that got nowhere the
// task becomes careful: one record at a time, each written down here before it is fed. A record at
// which two careful runs ended is skipped from then on. A kill from outside costs at most that
// care, unless it hits the same record twice while it is being fed.
//
// One thread. The file is not synced: a crash of the machine is none of a record's doing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"

namespace tocsin {

class CrashGuard {
 public:
  using Position = std::map<SourceId, int64_t>;

  // `next`: how far the state goes. InvalidArgument: the file is unreadable; the text says what to
  // do.
  static absl::StatusOr<CrashGuard> Open(const std::string& state_folder, const Position& next);

  bool careful() const { return careful_left_ > 0; }
  bool ShouldSkip(const SourceId& source, int64_t offset) const {
    return skips_.contains({source, offset});
  }
  const std::set<std::pair<SourceId, int64_t>>& skips() const { return skips_; }

  // While careful: before a record is fed, and after what it caused is in the store.
  absl::Status Feeding(const SourceId& source, int64_t offset);
  absl::Status Passed();

  // `next`: how far the state goes now. Removes the file, unless a record to be skipped is still
  // ahead.
  void OrderlyStop(const Position& next);

 private:
  explicit CrashGuard(std::string path) : path_(std::move(path)) {}
  absl::Status Read(const Position& next);
  absl::Status Write() const;

  std::string path_;
  std::string start_;  // where this run began
  int64_t runs_ = 1;   // runs in succession, this one included, that began there
  int64_t careful_left_ = 0;
  std::optional<std::pair<SourceId, int64_t>> suspect_;
  int64_t suspect_crashes_ = 0;
  std::set<std::pair<SourceId, int64_t>> skips_;
};

}  // namespace tocsin
