// Router and correlator in one process, without Kafka: the real cores and the real index of places,
// one thread, all state in memory. The same sequence of calls gives the same records.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/correlation/correlator.h"
#include "lib/correlation/distance.h"
#include "lib/routing/router.h"

namespace tocsin {

// What the cores write, in order.
class RoomListener {
 public:
  virtual ~RoomListener() = default;
  // A record of the router, before a correlator takes it.
  virtual void OnKeyed(const RouterEffects::Keyed& keyed) { static_cast<void>(keyed); }
  virtual void OnEffects(const CorrelatorEffects& effects) = 0;
};

class Room {
 public:
  // The rules are in force at once, for these live missions. InvalidArgument or FailedPrecondition:
  // rules that the cores refuse. `listener` outlives the room.
  static absl::StatusOr<std::unique_ptr<Room>> Open(
      const RouterOptions& options, const std::vector<Document>& documents,
      const std::vector<MissionId>& live, RoomListener& listener,
      ShadowRules shadow = ShadowRules::kToldToNobody);

  // Other rules take effect; the correlators get to know at once.
  absl::Status Activate(const std::vector<Document>& documents, const std::vector<MissionId>& live);
  // What is to be read again for them, from its first offset (which is 1) on: the report that was
  // stepped as this one of its source, and a Skip when the end is reached.
  std::vector<ReadAgain> Rereads() const { return router_.Rereads(); }
  absl::Status StepAgain(const SourceId& source, int64_t offset, const Event& event);
  void EndAgain(const ReadAgain& left);

  // The next report of this source, stamped with its accept time.
  absl::Status Step(const SourceId& source, const Event& event);
  void Observe(const Observation& observation);
  // Ends the transaction: the correlators get what it wrote, and what they find that rules select
  // comes back at once.
  absl::Status Close();
  // How far each key of the rule is from a warning; correlation/distance.h. `pack`: the rules that
  // are in force.
  absl::StatusOr<std::vector<KeyDistance>> Distances(const Pack& pack, const RuleId& rule,
                                                     Time now);

 private:
  Room(const RouterOptions& options, RoomListener& listener, ShadowRules shadow);
  absl::Status Deliver();

  RoomListener& listener_;
  MemoryState router_state_;
  Router router_;
  std::vector<std::unique_ptr<MemoryState>> states_;
  std::vector<std::unique_ptr<Correlator>> correlators_;
  std::map<SourceId, int64_t> offsets_;
  RouterEffects effects_;  // not yet delivered
};

}  // namespace tocsin
