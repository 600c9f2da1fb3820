// The logs of warnings and of their lives as one caller may see them: the source of a watch. Not
// for handlers; Doors opens it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/filter.h"
#include "gateway/view.h"
#include "gateway/watch_source.h"
#include "lib/base/mutex.h"
#include "lib/sharing/decide.h"

namespace tocsin::gateway {

class Doors;

// The warnings that stand for one caller under one filter, carried on with the logs so that a
// heartbeat does not read them all again.
class OpenCounter {
 public:
  Mutex mutex;
  LogPosition counted_to ABSL_GUARDED_BY(mutex);
  // By id: what each adds to the digest, which is of them all.
  std::map<std::string, uint64_t> open ABSL_GUARDED_BY(mutex);
  uint64_t digest ABSL_GUARDED_BY(mutex) = 0;
};

class CallerLog final : public WatchSource {
 public:
  CallerLog(const Doors& doors, Principal principal, v1::WarningFilter filter,
            std::shared_ptr<OpenCounter> counter)
      : doors_(doors),
        principal_(std::move(principal)),
        filter_(std::move(filter)),
        counter_(std::move(counter)) {}

  Epochs epochs() const override;
  Reach reach() override;
  Scanned Next(int32_t partition, int64_t from, int64_t to, const Lane& lane) override;
  std::optional<v1::WarningView> AsGiven(const std::string& warning_id, int32_t revision) override;
  ScannedChanges NextChange(int64_t from, int64_t to) override;
  Open OpenWarnings(const LogPosition& position) override;
  int64_t CentreActions() override;
  v1::Centre Centre() override;
  int64_t OldestEvaluationAgeMs() override;

 private:
  // Records looked at in one call: others wait for the thread meanwhile.
  static constexpr int kMostAtOnce = 500;

  // If the caller may see it and asked for it.
  std::optional<v1::WarningView> Selected(const v1::Warning& stored) const;
  auto KindSelected() const {
    return [this](v1::Status status, const std::string& exercise) {
      return SelectsKind(filter_, status, exercise);
    };
  }
  std::optional<Found> ForCaller(const View::Record& record) const;
  std::optional<Found> StandingForCaller(const View::Record& record) const;
  // Whether it is, or follows on one that was, Extreme.
  bool Urgent(const View::Record& record) const;
  // Whether the caller was sent a later revision already, which is urgent and before `ahead`.
  bool Overtaken(const View::Record& record, int64_t ahead) const;
  // The warning as it stands last, if it is for the caller.
  std::optional<v1::WarningView> Standing(const WarningId& id) const;
  void Count(const v1::Warning& stored) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(counter_->mutex);

  const Doors& doors_;
  const Principal principal_;
  const v1::WarningFilter filter_;
  const std::shared_ptr<OpenCounter> counter_;
};

}  // namespace tocsin::gateway
