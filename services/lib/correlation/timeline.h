// Rules whose episodes are worked out anew for a whole run: a longest part of a key's timeline in
// which no two neighbours are further apart than the rule's reach. Nothing outside of it matters.
#pragma once

#include "lib/correlation/affected.h"
#include "lib/correlation/silence.h"

namespace tocsin {

void ApplyToTimeline(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                     const Change& change, const Silence& silence);

// The episodes that all members of a key make, oldest first, and arms what waits for time.
std::vector<Episode> AllEpisodes(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                                 const std::vector<Member>& members, const Silence& silence);

// Time went on: what waited for it is worked out again.
void PassTimelines(StepContext& step, const CompiledRule& rule, const Silence& silence);

}  // namespace tocsin
