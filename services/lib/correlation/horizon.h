// How far back the rules' state reaches, and whether logs are kept for as long: after a lost state
// everything is made again from them, and what retention has removed would be missing without a
// word.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include <absl/status/status.h>

#include "lib/base/time.h"
#include "lib/rules/pack.h"

namespace tocsin {

// The rule whose state reaches back furthest: docs/rules.md, Content. No rules: empty, zero.
struct LongestRule {
  std::string rule;
  Duration horizon{0};
};
LongestRule FindLongestRule(const Pack& pack);

// FailedPrecondition names each topic that is kept for a shorter time, its retention.ms, the rule
// and what the rule needs. Negative retention: for ever.
absl::Status CheckRetention(const LongestRule& longest,
                            const std::map<std::string, std::chrono::milliseconds>& retention);

}  // namespace tocsin
