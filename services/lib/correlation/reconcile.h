// A rule whose meaning has changed and what stands of it: one key is worked out anew and compared.
// docs/decisions/0015.
#pragma once

#include "lib/correlation/silence.h"
#include "lib/correlation/standing.h"

namespace tocsin {

// Which standing warning each episode continues: the one that shares most of its evidence; without
// evidence in common, the one that it overlaps longest; ties go to the first issued.
Pairing PairForReconcile(const std::vector<Standing>& standing,
                         const std::vector<Episode>& episodes);

// Updates, new warnings, ends; what has expired stays as it is. step.budget becomes that of the
// key, apart from the account of the rule; if it is exhausted afterwards, nothing was written.
// Returns what it cost, in events looked at.
int64_t ReconcileKey(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                     const Silence& silence);

// Ends what stands of a rule that no longer has this key.
void EndAll(StepContext& step, const RuleId& rule, const KeyContext& key, const char* reason);

}  // namespace tocsin
