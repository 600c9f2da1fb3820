// The benchmark's events: a pure function of (seed, number), so that every run and every tool has the same.
//
// Seven in ten are heartbeats of 1,000 feeds, two detections, one a report. About one report in eight lies
// in a border corridor. Event time advances five minutes an event, so that the shipped rules meet about the
// density that they are written for, whatever the rate of the run.
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
