// What a watch is told beside the warnings, so that silence never looks like quiet: warnings that
// have not arrived, other JOCs' links, and what is wrong here. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gateway/broker_reach.h"
#include "gateway/doors.h"
#include "gateway/link_board.h"
#include "gateway/overdue.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

struct TroublePolicy {
  std::chrono::seconds evaluation_stopped_after{15};
  std::chrono::seconds feed_silent_after{3600};
};

// Of what was heard of the correlator tasks and of sources: what is wrong. While the broker is not
// reached nothing else can be known to have stopped since. Pure: `now` and `machine` are one moment
// by two clocks; `feeds` is the topic of this mission's detections.
std::vector<v1::Trouble> TroublesOf(
    const TroublePolicy& policy, const BrokerReach::State& broker,
    const std::map<int32_t, std::chrono::steady_clock::time_point>& last_heard,
    const std::vector<v1::EvaluatedUpTo>& evaluated, const std::string& feeds,
    std::chrono::steady_clock::time_point now, Time machine);

class Situation {
 public:
  // All must outlive it.
  Situation(const Doors& doors, const Hearing& hearing, const Overdue& overdue,
            const LinkBoard& links, const BrokerReach& broker, TroublePolicy policy,
            std::string feeds)
      : doors_(doors),
        hearing_(hearing),
        overdue_(overdue),
        links_(links),
        broker_(broker),
        policy_(policy),
        feeds_(std::move(feeds)) {}

  v1::OverdueDeliveries OverdueFor(const v1::WarningFilter& filter) const {
    return overdue_.For(filter);
  }
  std::vector<v1::JocLink> LinksFor(const Principal& reader) const;
  std::vector<v1::Trouble> Troubles() const;
  void AddTo(const Principal& reader, const v1::WarningFilter& filter,
             v1::Heartbeat& heartbeat) const;

  // Unavailable, with since when, while what is written would reach nobody.
  absl::Status MayWrite() const;

 private:
  const Doors& doors_;
  const Hearing& hearing_;
  const Overdue& overdue_;
  const LinkBoard& links_;
  const BrokerReach& broker_;
  const TroublePolicy policy_;
  const std::string feeds_;
};

}  // namespace tocsin::gateway
