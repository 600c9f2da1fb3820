// Which part of a (rule, key) one change can concern. Everything outside of it stays as it stands:
// what is worked out here equals working out the whole timeline anew (tests/property compares the
// two).
#pragma once

#include <optional>
#include <set>

#include "lib/correlation/standing.h"

namespace tocsin {

// One event came, changed or went. The store has the new state of the timeline already.
struct Change {
  Identity identity;
  std::optional<Time> before;  // its time while it was in S
  std::optional<Time> after;   // its time now that it is in S
};

// What it rests on: events, or of a composite warnings.
std::set<Identity> EvidenceOf(const Standing& standing);

// event_count and value_count, then their differences are written.
void ApplyToCount(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                  const Change& change);

// The same for near.
void ApplyToNear(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 const Change& change);

// The same for composite.
void ApplyToComposite(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                      const Change& change);

// Pairs by common evidence, leaving out the changed event at first.
void WritePairedByEvidence(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                           const Change& change, Affected& affected);

}  // namespace tocsin
