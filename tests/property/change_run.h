// A history in the middle of which the rules change, told the way the router would: what was
// reported before is read again beside what goes on.
#pragma once

#include <string>
#include <vector>

#include "cases.h"
#include "run.h"

namespace tocsin::property {

struct RuleChange {
  TwinRule before, after;
  bool same_id = true;  // else one rule goes and another one comes

  size_t at = 0;  // before this step of the history
};

// Engine and twin: what stands in the end and has not expired.
Engine::Outcome RunChange(const RuleChange& change, const std::vector<Op>& ops, uint64_t seed,
                          bool always_restart);

}  // namespace tocsin::property
