// absence: gaps between events, and the one after the newest that only time can show.
// docs/rules.md, Kinds; design decision 3 (silence is data).
#pragma once

#include "lib/correlation/affected.h"
#include "lib/correlation/silence.h"

namespace tocsin {

void ApplyToAbsence(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                    const Change& change, const Silence& known);

// The episodes that all members of a key make, oldest first; the newest of them is waited for.
std::vector<Episode> AllAbsences(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                                 const std::vector<Member>& members, const Silence& known);

// Time went on: fires deadlines, and turns open absences silent or unknown.
void PassTime(StepContext& step, const CompiledRule& rule, const Silence& known);

}  // namespace tocsin
