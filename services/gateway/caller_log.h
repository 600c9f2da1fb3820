// The log of warnings as one caller may see it: the source of a watch. Not for handlers; Doors
// opens it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/watch_source.h"
#include "lib/base/mutex.h"
#include "lib/sharing/decide.h"

namespace tocsin::gateway {

class Doors;

// Ids of the warnings that stand for one caller under one filter, carried on with the log so that a
// heartbeat does not read them all again.
class OpenCounter {
 public:
  Mutex mutex;
  std::vector<int64_t> counted_to ABSL_GUARDED_BY(mutex);
  std::set<std::string> open ABSL_GUARDED_BY(mutex);
};

class CallerLog final : public WatchSource {
 public:
  CallerLog(const Doors& doors, Principal principal, v1::WarningFilter filter,
            std::shared_ptr<OpenCounter> counter)
      : doors_(doors),
        principal_(std::move(principal)),
        filter_(std::move(filter)),
        counter_(std::move(counter)) {}

  std::string epoch() const override;
  Reach reach() override;
  Scanned Next(int32_t partition, int64_t from, int64_t to, bool standing) override;
  int32_t OpenWarnings() override;
  int64_t OldestEvaluationAgeMs() override;

 private:
  // Records looked at in one call: others wait for the thread meanwhile.
  static constexpr int kMostAtOnce = 500;

  std::optional<v1::WarningView> ForCaller(const v1::Warning& stored) const;

  const Doors& doors_;
  const Principal principal_;
  const v1::WarningFilter filter_;
  const std::shared_ptr<OpenCounter> counter_;
};

}  // namespace tocsin::gateway
