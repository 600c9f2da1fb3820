// The correlator's core: a deterministic state machine over one partition of fusion.keyed.v1.
//
// Reads nothing but its records and its state: no clock, no randomness, no I/O. The same sequence
// gives the same effects, byte for byte. One thread. All that must survive lies in `State`; the
// object keeps only caches, which Load rebuilds (at start, and after the shell dropped an overlay).
#pragma once

#include <absl/status/status.h>

#include "lib/base/counts.h"
#include "lib/base/state.h"
#include "lib/correlation/semantics.h"
#include "lib/domain/keyed.h"
#include "lib/domain/warning.h"
#include "lib/rules/pack.h"

namespace tocsin {

// Of the layout in store.h and of the encodings in domain/archive.h: state of another format is
// made anew, not read.
inline constexpr int64_t kCorrelatorStateFormat = 9;
// Keys of one spec that a partition holds at most: docs/decisions/0023.
inline constexpr int64_t kMostKeysOfSpec = 2'000'000;

struct CorrelatorEffects {
  std::vector<Warning> warnings;  // in order; partitioned by warning id
  std::vector<RuleId> throttled;  // just now: every task is to hear of it
  // In order: warnings that rules select, each to one router task for good; events in matches, to
  // the one that keeps the identity.
  std::vector<Match> matches;
  std::optional<FoundMark> found;            // to every router task, after all matches so far
  std::optional<EvaluatedRecord> evaluated;  // to every partition of the warnings topic
  // Counters of this step, for metrics: name to increment. Never read by the core.
  Counts counts;
};

// Who is told what a rule in shadow finds: nobody, or, for a person who tries rules on files, those
// whom it would address if it were live.
enum class ShadowRules { kToldToNobody, kToldAsIfLive };

class Correlator {
 public:
  // Partition of the keyed topic, and their number: numbers of warnings interleave by it.
  Correlator(int32_t partition, int32_t partitions, ShadowRules shadow = ShadowRules::kToldToNobody,
             int64_t most_keys = kMostKeysOfSpec);
  ~Correlator();

  // FailedPrecondition if the state is of a later semantics version or another format.
  absl::Status Load(const ReadState& state);

  // InvalidArgument: the record is unusable (goes to dead letters), or of keys for which there is
  // no room; state and effects are unchanged. FailedPrecondition: the record is of a router task of
  // another number of them than there were; the process must end.
  absl::Status Step(const KeyedRecord& record, State& state, CorrelatorEffects& effects);

  // Digest of the rules in effect; empty before the first control record.
  const std::string& rules_digest() const;
  // How many router tasks there are; 0: none has been heard of yet.
  int32_t routers() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin
