// Copies, withdrawals and messages to all, as records of the keyed partitions. Immutable.
#pragma once

#include <vector>

#include "lib/routing/router.h"

namespace tocsin {

class KeyedWriter {
 public:
  explicit KeyedWriter(int32_t partitions) : partitions_(partitions) {}

  // One record for each partition that has some of the keys.
  void Withdraw(const Identity& identity, int32_t revision, const std::vector<CorrelationKey>& keys,
                RouterEffects& effects) const;
  void Insert(const KeyedEvent& event, const std::vector<CorrelationKey>& keys,
              RouterEffects& effects, bool found_by_backfill = false) const;
  // ... for the rules that backfill only.
  void Backfill(const KeyedEvent& event, const std::vector<CorrelationKey>& keys,
                RouterEffects& effects) const;
  // Wherever it may lie.
  void WithdrawEverywhere(const Identity& identity, int32_t revision, RouterEffects& effects) const;
  void ToAll(const KeyedRecord& record, RouterEffects& effects) const;

 private:
  const int32_t partitions_;
};

}  // namespace tocsin
