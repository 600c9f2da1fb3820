// Writes to fusion.receipts.v1 what the ledger owes it, many receipts in a record and one record at
// a time. What is written is owed until it has been read back: the ledger of this gateway and the
// topic cannot come apart.
#pragma once

#include <chrono>
#include <set>

#include "gateway/delivery_ledger.h"
#include "gateway/flight.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

// Used on the ledger's thread.
class ReceiptWriter {
 public:
  using Clock = std::chrono::steady_clock;
  // Both must outlive it.
  ReceiptWriter(const DeliveryLedger& ledger, Producer& producer, MissionId mission)
      : ledger_(ledger), producer_(producer), mission_(std::move(mission)) {}

  // Goes on without waiting for Kafka; call again and again.
  void Pump(Clock::time_point now);

 private:
  const DeliveryLedger& ledger_;
  Producer& producer_;
  const MissionId mission_;
  std::set<Receipt> sent_;  // and not yet read back
  Clock::time_point send_again_;
  Flight flight_;
};

}  // namespace tocsin::gateway
