// absence: gaps between events, and the one after the newest that only time can show.
// docs/rules.md, Kinds; design decision 3 (silence is data).
#pragma once

#include "lib/correlation/affected.h"

namespace tocsin {

// What the sources that can carry a rule's events say about time.
struct Silence {
  // Deadlines before this have passed; absent if no such source is known of.
  std::optional<Time> passed;
  bool unknown = false;  // one of them cannot be read
  const char* state() const { return unknown ? "unknown" : "silent"; }
};
Silence SilenceOf(const CompiledRule& rule, const Tick& tick);

void ApplyToAbsence(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                    const Change& change, const Silence& silence);

// Time went on: fires deadlines, and turns open absences silent or unknown.
void PassTime(StepContext& step, const CompiledRule& rule, const Silence& silence);

}  // namespace tocsin
