// Parsing of the single documents of a pack. Each adds to a pack whose earlier documents are there
// already: desks, types, actors, areas, corridors, rules.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <absl/status/statusor.h>

#include "lib/rules/pack.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {

inline constexpr size_t kMostRuleBytes = 64 << 10;
inline constexpr size_t kMostRegisterBytes = 4 << 20;
inline constexpr size_t kMostGeoJsonBytes = 64 << 20;

// What is wrong goes to `problems`. False: the text could not be read at all, so that nothing that
// names its entries can be judged.
bool ParseDesks(Problems& problems, const std::string& text, Pack& pack);
bool ParseTypes(Problems& problems, const std::string& text, Pack& pack);
bool ParseActors(Problems& problems, const std::string& text, Pack& pack);
bool ParseAreas(Problems& problems, const std::string& text, Pack& pack);
bool ParseCorridors(Problems& problems, const std::string& text, Pack& pack);
// Absent if the rule has a problem; doubts alone do not stop it.
std::optional<Rule> ParseRule(Problems& problems, const std::string& text, const Pack& pack);
std::optional<Rule> ParseRule(Problems& problems, const YAML::Node& root, const Pack& pack);
// The same with the first problem as InvalidArgument. `where` names the document:
// "rule/feed-silent".
absl::StatusOr<Rule> ParseRule(const std::string& where, const std::string& text, const Pack& pack);

// What a rule's document is named by, without looking at the rest.
absl::StatusOr<std::pair<RuleId, int32_t>> RuleNameAndVersion(const std::string& where,
                                                              const std::string& text);

// Ids of rules, missions, areas, corridors and actors: lower-case letters, digits, '-' and '_', at
// most 64, not at the start a '-'.
bool IsId(std::string_view text);
// The id of a rule or of a mission's own form of one: "<rule>", "<rule>@<mission>".
bool IsRuleOrFormId(std::string_view text);

}  // namespace tocsin
