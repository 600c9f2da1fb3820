// What going from one set of rules to another means for each rule. docs/decisions/0015.
#pragma once

#include <set>

#include "lib/rules/pack.h"

namespace tocsin {

struct RuleChanges {
  std::set<RuleId> need_events;  // new, or looking at other events, or at other things of them
  std::set<RuleId> restated;     // the same events make the same patterns, told otherwise; or told
                                 // again to rules that select its warnings from now on
  std::set<RuleId> removed;
  // A register or the taxonomy is another: an event may lie elsewhere than before, be of others, or
  // be late, so copies of it may stand where they no longer belong.
  bool moves_events = false;
};

// A rule of `after` that is in no set goes on as it was.
RuleChanges CompareRules(const Pack& before, const Pack& after);

// More evidence can only add to what the rule finds: half of the past makes no pattern that the
// whole does not make.
bool OnlyGrowsWithEvidence(const Rule& rule);

}  // namespace tocsin
