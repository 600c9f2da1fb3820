// Rules that select warnings of rules: whether they may, and in which order warnings then come.
// docs/rules.md, composite.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lib/rules/pack.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {

// Notes what is wrong with the rules that `rule` selects, at their places in its text: none of
// that id, a loop, one in shadow that would be told to somebody. `rules`: those that could be read,
// by id; `known`: the ids of all documents, so that a rule which has a problem of its own is not
// called missing.
void CheckSelectedRules(Problems& problems, const std::string& text, const Rule& rule,
                        const std::vector<Rule>& rules, const std::set<RuleId>& known);

// Sets Rule::stage and Rule::trips. What is in a loop stays at 0.
void SetStages(std::vector<Rule>& rules);

// The rule and all whose warnings it needs, directly or not, sorted.
std::vector<RuleId> WithWhatItSelects(const std::vector<Rule>& rules, const RuleId& rule);

// The documents with which the rule is in force alone, with the rules whose warnings it needs and
// no mission's overrides. A mission's own form is in force with all of that mission's overrides,
// and so with the rules that these name.
std::vector<Document> DocumentsOf(const RuleId& rule, const std::vector<Rule>& rules,
                                  const std::vector<Document>& documents);

}  // namespace tocsin
