// Copies, withdrawals and messages to all, as records of the keyed partitions. Immutable.
#pragma once

#include <vector>

#include "lib/routing/router.h"

namespace tocsin {

class KeyedWriter {
 public:
  // `router`: RouterTask::index of whoever keeps the identities of all that is written.
  explicit KeyedWriter(int32_t partitions, int32_t router = 0)
      : partitions_(partitions), router_(router) {}

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
  const int32_t router_;
};

}  // namespace tocsin
