// What the shell saw of its sources, and what of it the core has still to be told. Not for use
// outside lib/task.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "lib/kafka/client.h"
#include "lib/task/task.h"

namespace tocsin::task_internal {

class Observer {
 public:
  using Clock = std::chrono::steady_clock;

  Observer(std::vector<SourceId> inputs, std::chrono::milliseconds beat_period)
      : inputs_(std::move(inputs)),
        beat_period_(beat_period),
        behind_(inputs_.begin(), inputs_.end()) {}

  // Takes in a poll; true once every source was at its end, each at a time of its own: under load
  // they may never be there together.
  bool See(const Consumer::Polled& polled);

  // News that is worth a transaction of its own: a beat that is due, a source that was lost or
  // found again. One that came to its end can wait for the next batch or beat.
  bool IsUrgent(Clock::time_point now) const;
  Clock::time_point next_beat() const { return last_beat_ + beat_period_; }

  struct Observation {
    std::vector<SourceObservation> changed;  // since the one before, sorted
    bool beat = false;
  };
  // What to tell the core now, if anything; counts as told.
  std::optional<Observation> News(Clock::time_point now);

  // The core does not know what it was told: a batch was dropped.
  void Forget();

 private:
  const std::vector<SourceId> inputs_;
  const std::chrono::milliseconds beat_period_;
  std::map<SourceId, SourceObservation> seen_;  // as of the last poll
  std::map<SourceId, SourceObservation> told_;
  std::set<SourceId> behind_;  // not at their end yet since Forget
  Clock::time_point last_beat_;
};

}  // namespace tocsin::task_internal
