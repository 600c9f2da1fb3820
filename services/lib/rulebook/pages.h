// Pages about rules, made from the rules: what people read never differs from what is in force.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/rulebook/facts.h"

namespace tocsin {

// The first line of every page: a folder's pages that begin so may be written over.
inline constexpr char kPageMark[] =
    "<!-- Made by `tocsinctl rules docs` from rules/; change the rule, not this page. -->\n";

// A mission's own form of a rule.
struct FormToDescribe {
  std::string mission;
  Facts facts;
  std::vector<std::string> timelines;
};

struct RuleToDescribe {
  Facts facts;
  std::string file;                    // name of its file in rules/pack
  std::vector<std::string> timelines;  // their names, if it has any
  std::vector<FormToDescribe> forms;
};

// File name to text: "<id>.md" for each rule, and README.md as their index. `types`: plain facts of
// the taxonomy.
std::map<std::string, std::string> RulePages(const std::vector<RuleToDescribe>& rules,
                                             const Facts& types);

}  // namespace tocsin
