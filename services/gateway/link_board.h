// Which JOCs are on the line, as their gateways say on fusion.receipts.v1, and who may be shown it.
// Thread-safe; bounded by the number of missions and of their gateways.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gateway/broker_reach.h"
#include "lib/base/mutex.h"
#include "lib/base/time.h"
#include "lib/domain/types.h"
#include "lib/sharing/decide.h"
#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {

// A record of the topic, as it was read.
struct LinkRecord {
  MissionId mission;
  v1::LinkBeat beat;
  Time logged = kUnknownTime;  // by the broker
};

class LinkBoard {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  // In the order of the log.
  void Heard(const LinkRecord& record, Steady now);
  // The topic has been read to its end for the first time: what was read may be old, so that each
  // gateway has from now on the time of its beats to be heard of.
  void CaughtUp(Steady now);

  // Those that `reader` may be shown, by mission. The last warning is named by its id and not yet
  // decided upon.
  std::vector<v1::JocLink> For(const Principal& reader, const BrokerReach::State& broker,
                               Steady now) const;

 private:
  struct Instance {
    v1::LinkBeat beat;
    Time logged = kUnknownTime;
    Steady heard;
  };
  using Instances = std::map<std::string, Instance>;
  static v1::JocLink LinkOf(const Instances& instances, const BrokerReach::State& broker,
                            Steady now);

  mutable Mutex mutex_;
  std::map<MissionId, Instances> missions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
