// The first step of near over cells: in the keys of cells, which events are in a match. They are
// told to the router, which brings them to the one key where the rule's warnings stand.
// docs/decisions/0019.
#pragma once

#include "lib/correlation/affected.h"

namespace tocsin {

// Tells of every event at home in the cell that is in a match since this change, and of which
// nothing has been told yet. What is in a match no more is not taken back: whoever is told works
// matches out anew.
void ApplyToCell(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 const Change& change);

// Tells of every event of the episodes that is at home in the cell, whatever has been told already:
// other rules were in effect then.
void TellAgain(StepContext& step, const CompiledRule& rule, const KeyContext& key,
               const std::vector<Episode>& episodes);

}  // namespace tocsin
