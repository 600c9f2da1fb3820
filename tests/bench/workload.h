// The benchmark's events: a pure function of (seed, number), so that every run and every tool has
// the same.
//
// Seven in ten are heartbeats of 1,000 feeds, two detections, one a report. About one report in
// eight lies in a border corridor. Event time advances ten seconds an event, so that a feed beats
// about every four hours, now and then misses the twelve that the shipped rule allows, and attacks
// near a border are about as dense as the rules are written for: about one event in a hundred
// changes a warning. With reports alone event time advances 100 seconds an event, and one report in
// twenty is an attack.
#pragma once

#include "lib/domain/event.h"

namespace tocsin::bench {

struct Workload {
  uint64_t seed = 1;
  std::vector<MissionId> missions;
  bool reports_only = false;  // situation reports alone: no heartbeats, no detections
  Event At(int64_t number) const;
  // Heartbeats and detections go over sensor-ingest, reports over sitrep-ingest.
  static bool IsSensor(const Event& event);
};

}  // namespace tocsin::bench
