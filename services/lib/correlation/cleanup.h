// Physical removal of what nothing can need any more. docs/rules.md, Content, and when it changes.
#pragma once

#include "lib/correlation/standing.h"

namespace tocsin {

// Time that no event which may still match can lie before, for removal: like EvaluatedUpTo, but a
// source that cannot be read holds it at what was last read of it, since its events will still
// come.
std::optional<Time> RetainedFrom(const Tick& tick);

// The same for keys to which what correlators find has come back after so many trips; unknown until
// every one of them has said how far it is. docs/decisions/0021.
std::optional<Time> RetainedFrom(const Tick& tick, int32_t trips);

// Removes from the keys that are due what lies further back than their horizon: warnings that have
// expired or ended, and events that are evidence of none that is left. Nothing of what stood of a
// rule that `awaits` its reconciling goes: what is read again may give the same id, and a warning
// that was forgotten would begin with a revision that was told before. Nor does the event with
// which an absence of it would begin.
void CleanUp(StepContext& step, const Tick& tick, absl::FunctionRef<bool(const RuleId&)> awaits);

}  // namespace tocsin
