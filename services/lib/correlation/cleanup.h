// Physical removal of what nothing can need any more. docs/rules.md, Content, and when it changes.
#pragma once

#include "lib/correlation/standing.h"

namespace tocsin {

// Time that no event which may still match can lie before, for removal: like EvaluatedUpTo, but a
// source that cannot be read holds it at what was last read of it, since its events will still
// come.
std::optional<Time> RetainedFrom(const Tick& tick);

// Removes from the keys that are due what lies further back than their horizon: warnings that have
// expired or ended, and events that are evidence of none that is left.
void CleanUp(StepContext& step, Time retained);

}  // namespace tocsin
