// One client's watch, without gRPC: what to send next, given what the client said and what the log
// has.
//
// Holds no warning but the one that it returns: a client without credit is parked as a position in
// the log. Time is passed in. Not thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "gateway/watch_source.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;

class WatchSession {
 public:
  // `sources` must outlive the session.
  WatchSession(WatchSources& sources, std::chrono::milliseconds heartbeat_period, SteadyTime now);

  // What the client said. An error ends the stream with it.
  absl::Status Receive(const v1::WatchRequest& request, SteadyTime now);

  // What to send now. Call again after each message that was written, when the log has grown, after
  // Receive, and at Deadline().
  struct Step {
    std::optional<v1::WatchResponse> message;
    bool more = false;  // no message yet, but there is work left: call again soon
    absl::Status end;   // not OK: the stream is over
    // Of a delivery: where its record lies.
    int32_t partition = -1;
    int64_t offset = -1;
  };
  Step Next(SteadyTime now);

  // DeadlineExceeded when the client has been silent for too long; also while a message is being
  // written and Next is not called.
  absl::Status Silence(SteadyTime now) const;

  // When Next has something to do even if nothing happens.
  SteadyTime Deadline() const;

  // For metrics.
  bool parked() const { return parked_; }
  int64_t acknowledged_lag() const;  // log positions sent and not yet acknowledged

 private:
  absl::Status OnSubscribe(const v1::Subscribe& subscribe, SteadyTime now);
  absl::Status OnCredit(int32_t credit);
  absl::Status OnAcknowledged(const v1::Cursor& cursor);
  v1::WatchResponse MakeHeartbeat(SteadyTime now);
  int64_t CountWaiting(const Reach& reach);
  std::optional<v1::WatchResponse> Deliver(const Reach& reach, Step& step);
  std::optional<v1::WatchResponse> DeliverChange(const Reach& reach, bool& more);
  bool snapshot() const { return !snapshot_until_.empty(); }
  const std::vector<int64_t>& Limits(const Reach& reach) const;
  v1::Cursor Here() const;

  WatchSources& sources_;
  const std::chrono::milliseconds period_;
  SteadyTime heard_;
  SteadyTime heartbeat_due_;
  int64_t heartbeats_ = 0;

  std::unique_ptr<WatchSource> source_;  // from the subscription on
  LogPosition position_;                 // what is to be sent next
  LogPosition acknowledged_;
  std::vector<int64_t> snapshot_until_;  // not empty: in the snapshot
  int64_t credit_ = 0;
  bool parked_ = false;
  bool caught_up_once_ = false;
  // As of the last time that the client had been sent everything.
  std::vector<v1::EvaluatedUpTo> evaluated_;
};

}  // namespace tocsin::gateway
