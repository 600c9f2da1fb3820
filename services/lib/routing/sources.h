// Time as the router holds it: the clock and, for every input partition, how far it has been read.
// A cache of the state's entries `c` and `s`; writes go to both.
#pragma once

#include <map>
#include <vector>

#include <absl/status/status.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"
#include "lib/routing/router.h"

namespace tocsin {

class Sources {
 public:
  Sources(ClockMode mode, Duration margin) : mode_(mode), margin_(margin) {}

  // DataLoss if the state cannot be read.
  absl::Status Load(const ReadState& state);

  // The input's position is now behind `offset`. An unknown source joins as behind.
  void Advance(const SourceId& source, int64_t offset, State& state);
  // ... and it has been read up to this accept time.
  void Read(const SourceId& source, int64_t offset, Time accepted, State& state);
  void Observe(const Observation& observation, State& state);
  // Another router task's source has been read up to this accept time: under a scenario's clock
  // time is the greatest of all.
  void Heed(Time accepted, State& state);

  // The accept time of a record that carries none: never decreasing within its source.
  Time Stamp(const SourceId& source, Time told) const;

  Time clock() const { return clock_; }
  // The tick vector's sources only: topics of missions.
  Tick MakeTick(bool beat) const;
  // All inputs, those of rules too.
  std::vector<std::pair<SourceId, int64_t>> Positions() const;

  // Something that a tick says has changed since the last ClearChanged.
  bool changed() const { return changed_; }
  void SetChanged() { changed_ = true; }
  void ClearChanged() { changed_ = false; }

 private:
  SourceTime& Find(const SourceId& source);
  void Save(const SourceTime& entry, State& state);
  void RaiseClock(Time t, State& state);

  const ClockMode mode_;
  const Duration margin_;
  Time clock_ = kUnknownTime;
  std::map<SourceId, SourceTime> sources_;
  bool changed_ = false;
};

}  // namespace tocsin
