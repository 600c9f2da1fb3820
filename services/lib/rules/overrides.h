// Rules in a mission's own form: the document "overrides/<mission>" of a pack. docs/rules.md,
// Overrides.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/rules/pack.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {

// A rule's map with what an override may say laid over it, key by key and in maps again key by key.
// What it may not say is left out. Nodes keep their places in their own texts. Both must be maps.
YAML::Node LaidOver(const YAML::Node& rule, const YAML::Node& over);

struct OwnForms {
  std::vector<Rule> rules;  // those that could be read
  std::set<RuleId> named;   // ids of all of them, sound or not
};

// Reads the overrides of a mission. `pack` has its registers and rules, sorted by id, and no forms
// yet; `texts`: of every document that is a rule, also of those that could not be read.
OwnForms ParseOverrides(Problems& problems, const std::string& mission, const std::string& text,
                        const std::map<RuleId, std::string_view>& texts, const Pack& pack);

}  // namespace tocsin
