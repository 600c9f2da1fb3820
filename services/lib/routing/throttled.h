// Rules that rest because they overdrew their budget (docs/decisions/0016). A cache of the state's
// entries `t`; writes go to both.
#pragma once

#include <vector>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"
#include "lib/rules/changes.h"

namespace tocsin {

class Throttled {
 public:
  void Load(const ReadState& state);
  // False if it rests already.
  bool Add(const RuleId& rule, State& state);
  // Whoever changed a rule has it tried again.
  void Change(const RuleChanges& changes, State& state);
  std::vector<RuleId> rules() const { return {rules_.begin(), rules_.end()}; }

 private:
  std::set<RuleId> rules_;
};

}  // namespace tocsin
