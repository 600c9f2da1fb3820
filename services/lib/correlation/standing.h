// Which episode continues which standing warning, and what is written when that is known.
// docs/rules.md, Content, and when it changes.
#pragma once

#include <optional>
#include <vector>

#include <absl/functional/function_ref.h>

#include "lib/correlation/compiled.h"
#include "lib/correlation/correlator.h"
#include "lib/correlation/episodes.h"
#include "lib/correlation/store.h"

namespace tocsin {

inline constexpr size_t kNone = static_cast<size_t>(-1);

// Indices of a pairing; kNone where there is no partner.
struct Pairing {
  std::vector<size_t> standing_of;  // by episode
  std::vector<size_t> episode_of;   // by standing warning
  std::vector<size_t>
      merged_into;  // by standing warning without episode: the standing that it joined
  std::vector<size_t>
      split_from;  // by episode without standing: the standing that it was a part of
};

// Standing warnings in the order of their first issue, episodes in the order of time. Each standing
// warning takes the oldest episode that it overlaps and that no earlier one took. Those left then
// pair by `shares_changed`: they have the event in common that this step changed. `overlaps` leaves
// that out. An episode that none took was a part of the first warning that it overlaps, or else
// shares the changed event with: that one goes on with another episode.
using Overlap = absl::FunctionRef<bool(size_t standing, size_t episode)>;
Pairing PairUp(size_t standing, size_t episodes, Overlap overlaps, Overlap shares_changed);

// Of the standing warning at an index of a pairing; empty for kNone.
inline WarningId IdAt(const std::vector<Standing>& standing, size_t at) {
  return at == kNone ? WarningId() : standing[at].head.id;
}

// What a step knows besides its key.
struct StepContext {
  const CompiledPack& pack;
  Store& store;
  CorrelatorEffects& effects;
  int64_t& numbered;  // warnings numbered so far
  int32_t partition, partitions;
  Time issued;                      // greatest accept time read
  Time evaluated_up_to;             // the greatest so far
  std::optional<Identity> changed;  // the event whose arrival is the cause; absent for time
  int32_t changed_revision = 0;
  // The rule backfills: what seems to end may only lack what is still to be read again.
  bool keeps_standing = false;
  // What is written comes from a change of rules, unless the changed event is part of it.
  bool reconciles = false;
  // ... and so does the changed event.
  bool changed_by_rules = false;
  // Of the rule that is worked out: once it is exhausted nothing of it may be written.
  Budget budget;
};

// The standing warnings that a change may concern, and the episodes that now are in their place.
struct Affected {
  std::vector<Standing> standing;  // not ended, by number
  std::vector<Episode> episodes;   // by time
};

// Writes the differences: updates, then new warnings, then ends. `late_evidence(i)`: standing
// warning i ends because of evidence that came late, not because some was withdrawn.
void WriteDifferences(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                      Affected& affected, const Pairing& pairing,
                      absl::FunctionRef<bool(size_t)> late_evidence);

// `split_from`: the standing warning that the episode was a part of; empty if of none. A warning
// that comes back keeps the origin that it had, also none.
void WriteNew(StepContext& step, const CompiledRule& rule, const KeyContext& key,
              const Episode& episode, WarningContent content, const WarningId& split_from);

// Ends a standing warning; `reason` is one of proto Warning.end_reason.
void WriteEnd(StepContext& step, const RuleId& rule, const KeyContext& key, Standing& standing,
              const WarningId& merged_into, const char* reason);

// Writes one more record of a standing warning with new content, or resting on other warnings.
void WriteUpdate(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 Standing& standing, WarningContent content, std::vector<RestsOn> rests_on = {});

void WriteExpiry(StepContext& step, const RuleId& rule, const KeyContext& key, Standing& standing);

}  // namespace tocsin
