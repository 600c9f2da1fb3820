// How far the keys of a rule are from a warning: for a person who asks, never for an effect.
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/correlation/compiled.h"
#include "lib/domain/warning.h"

namespace tocsin {

struct KeyDistance {
  CorrelationKey key;
  KeyParts parts;
  // What the rule measures at the time that was asked about, against the least that fires.
  Measure measure;
  std::vector<Identity> members;  // the events that it was measured on, by time
  bool standing = false;          // a warning of the key stands
};

// For every key with an event that the rule still measures, those nearest to a warning first, then
// by key. event_count, value_count: the window that ends at `now`; near: how many of its selections
// have an event within the last `within`; absence by interval: the seconds since the newest event.
// NotFound: no such rule; Unimplemented: a kind whose distance is no number.
absl::StatusOr<std::vector<KeyDistance>> DistancesOf(const CompiledPack& pack, const RuleId& rule,
                                                     Time now, State& state);

}  // namespace tocsin
