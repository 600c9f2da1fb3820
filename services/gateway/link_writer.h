// Says on fusion.receipts.v1 whether the watch of this JOC is on the line: when that changes, and
// as a slow beat, so that a gateway that is gone is noticed. The policy of the mission, who may be
// shown it, travels with it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flight.h"
#include "gateway/witness.h"
#include "lib/kafka/client.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {

struct LinkPolicy {
  std::vector<MissionId> shown_to;  // other missions by name
  std::chrono::seconds period{15};
};

// Used on the ledger's thread.
class LinkWriter {
 public:
  using Clock = std::chrono::steady_clock;
  // `producer` must outlive it. `instance`: random, of this process.
  LinkWriter(Producer& producer, MissionId mission, LinkPolicy policy, std::string instance)
      : producer_(producer),
        mission_(std::move(mission)),
        policy_(std::move(policy)),
        instance_(std::move(instance)) {}

  // Goes on without waiting for Kafka; call again and again. `last`: the last that was received.
  void Pump(const WitnessBook::Presence& presence, const std::optional<Receipt>& last,
            Clock::time_point now);
  // The last word of this process.
  void End(const WitnessBook::Presence& presence, const std::optional<Receipt>& last);

 private:
  OutputRecord RecordOf(const WitnessBook::Presence& presence, const std::optional<Receipt>& last,
                        bool ends) const;

  Producer& producer_;
  const MissionId mission_;
  const LinkPolicy policy_;
  const std::string instance_;
  Flight flight_;
  bool saying_up_ = false;       // what is under way
  std::optional<bool> said_up_;  // what the topic has
  Clock::time_point beat_at_;
  Clock::time_point not_before_;  // a link that comes and goes is no flood
};

}  // namespace tocsin::gateway
