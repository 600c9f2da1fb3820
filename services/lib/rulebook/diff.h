// What is different between two sets of rules, in words.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/rulebook/facts.h"

namespace tocsin {

struct RuleDiff {
  enum class State { kNew, kGone, kChanged, kSame };

  std::string id;
  State state = State::kSame;
  std::string from_version, to_version;
  std::vector<std::string> changes;  // "condition.window: 30 days, was 21 days"
  // Why this must not be published: the version says nothing of it, or goes back. Empty: it may.
  std::string problem;
};

// What is different between two rules, version and id aside.
std::vector<std::string> Differences(const Facts& from, const Facts& to);

// By id, one for each rule of either set.
std::vector<RuleDiff> DiffRules(const std::map<std::string, Facts>& from,
                                const std::map<std::string, Facts>& to);

}  // namespace tocsin
