// Offers events to the ingest services of all missions in one time order.
//
// Never ahead of an unacknowledged event by more than the margin, so that a service that was killed
// and comes back finds no other mission's records so much newer that its own would look late or
// silent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"
#include "tocsinctl/offers.h"
#include "tocsinctl/session.h"

namespace tocsin::ctl {

// The way to "sitrep_ingest" or "sensor_ingest" of a mission.
using ChannelFor = std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>(
    const std::string& mission, const std::string& service)>;

struct PlayerOptions {
  double speed = 0;  // scenario seconds per second; 0: as fast as it goes
  Duration margin = std::chrono::seconds(60);
  std::string filed;  // NDJSON of event, receipt and machine time of acknowledgement; empty: none
  std::string positions;  // JSON list of topic, partition and next offset; empty: none
};

struct PlayerSummary {
  int64_t offered = 0, accepted = 0, duplicates = 0, refused = 0, conflicts = 0, flagged = 0;
  int64_t unexpected = 0;                 // outcomes that are not what the record expects
  std::map<SourceId, int64_t> positions;  // next offset after the last that was filed
  Time from = kUnknownTime, to = kUnknownTime;
  double seconds = 0;
};

// Refused reports are told on stderr and counted. An error: a service that did not come back in
// time, refused the caller, or a signal (Cancelled).
absl::StatusOr<PlayerSummary> Play(Session& session, const Offers& offers,
                                   const PlayerOptions& options);
absl::StatusOr<PlayerSummary> Play(Session& session, const Offers& offers,
                                   const PlayerOptions& options, const ChannelFor& channel_for);

// The summary on stdout.
void PrintSummary(const PlayerSummary& summary, bool json);

}  // namespace tocsin::ctl
