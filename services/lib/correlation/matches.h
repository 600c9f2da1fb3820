// Warnings that rules select, on their way back: what of them is written to fusion.matches.v1.
// docs/rules.md, composite.
#pragma once

#include "lib/correlation/standing.h"

namespace tocsin {

// Adds the warning as it now stands to the effects, if some rule selects warnings of its rule: all
// that such rules need of it, or, of one that ended, that it stands no more. An expiry changes
// nothing for them and is not told.
enum class Tell {
  kChange,
  kAgain,  // it is as it was, but rules that have changed may not have heard of it
  kGone    // it expired and stays as history, but the rules that changed do not make it any more
};
void WriteMatch(StepContext& step, const RuleId& rule, const KeyContext& key,
                const Standing& standing, Tell tell = Tell::kChange);

// The strictest classification and TLP of the two go to the first.
void RaiseTo(Label& label, const Label& other);

}  // namespace tocsin
