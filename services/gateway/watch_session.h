// One client's watch, without gRPC: what to send next, given what the client said and what the log
// has.
//
// Holds no warning but the one that it returns: a client without credit, or with as much on its way
// as may be, is parked as a position in the log. Time is passed in. Not thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>

#include "gateway/cursor.h"
#include "gateway/given.h"
#include "gateway/send_window.h"
#include "gateway/watch_source.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;

class WatchSession {
 public:
  // `sources` must outlive the session. `most_under_way`: bytes, as SendWindow has it.
  WatchSession(WatchSources& sources, std::chrono::milliseconds heartbeat_period,
               int64_t most_under_way, SteadyTime now);

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
  int64_t bytes_under_way() const { return window_.under_way(); }

 private:
  absl::Status OnSubscribe(const v1::Subscribe& subscribe, SteadyTime now);
  absl::Status OnCredit(int32_t credit);
  absl::Status OnAcknowledged(const v1::Cursor& cursor);
  absl::Status OnReceived(int64_t sequence, SteadyTime now);
  absl::Status OnEcho(int64_t number, SteadyTime now);

  Step Choose(SteadyTime now);
  bool Asks() const;
  v1::WatchResponse MakeHeartbeat(SteadyTime now);
  int64_t CountWaiting(const Reach& reach);
  bool NextSeverity();
  bool Behind(const Reach& reach) const;
  std::optional<v1::WatchResponse> DeliverUrgent(const Reach& reach, Step& step);
  std::optional<v1::WatchResponse> Deliver(const Reach& reach, Step& step);
  std::optional<v1::WatchResponse> DeliverFrom(std::vector<int64_t>& position,
                                               const std::vector<int64_t>& limits, Lane lane,
                                               Step& step);
  std::optional<v1::WatchResponse> DeliverCentre();
  std::optional<v1::WatchResponse> DeliverChange(const Reach& reach, bool& more);
  bool may_send() const { return credit_ > 0 && window_.open(); }
  bool snapshot() const { return place_.snapshot.has_value(); }
  void Lift();
  v1::Cursor Here();

  WatchSources& sources_;
  const std::chrono::milliseconds period_;
  SteadyTime heard_;
  SteadyTime heartbeat_due_;
  int64_t heartbeats_ = 0;

  std::unique_ptr<WatchSource> source_;  // from the subscription on
  Place place_;                          // what is to be sent next
  LogPosition acknowledged_;
  SendWindow window_;
  bool says_received_ = false;
  std::deque<std::pair<int64_t, int64_t>> beats_;  // not yet echoed: number, sequence
  std::optional<Given> given_;                     // for deltas
  int64_t credit_ = 0;
  bool parked_ = false;
  bool caught_up_once_ = false;
  int64_t centre_sent_ = 0;  // number of actions of the JOC as a whole that the client has
  // As of the last time that the client had been sent everything.
  std::shared_ptr<const std::vector<v1::EvaluatedUpTo>> evaluated_;
};

}  // namespace tocsin::gateway
