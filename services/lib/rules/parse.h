// Parsing of the single documents of a pack. Each adds to a pack whose earlier documents are there
// already: desks, types, actors, areas, corridors, rules. InvalidArgument as for ParsePack.
#pragma once

#include <string>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/rules/pack.h"

namespace tocsin {

inline constexpr size_t kMostRuleBytes = 64 << 10;
inline constexpr size_t kMostRegisterBytes = 4 << 20;
inline constexpr size_t kMostGeoJsonBytes = 64 << 20;

// `where` names the document in messages: "types/types", "rule/feed-silent".
absl::Status ParseDesks(const std::string& where, const std::string& text, Pack& pack);
absl::Status ParseTypes(const std::string& where, const std::string& text, Pack& pack);
absl::Status ParseActors(const std::string& where, const std::string& text, Pack& pack);
absl::Status ParseAreas(const std::string& where, const std::string& text, Pack& pack);
absl::Status ParseCorridors(const std::string& where, const std::string& text, Pack& pack);
absl::StatusOr<Rule> ParseRule(const std::string& where, const std::string& text, const Pack& pack);

// What a rule's document is named by, without looking at the rest.
absl::StatusOr<std::pair<RuleId, int32_t>> RuleNameAndVersion(const std::string& where,
                                                              const std::string& text);

// Ids of rules, missions, areas, corridors and actors: lower-case letters, digits, '-' and '_', at
// most 64, not at the start a '-'.
bool IsId(std::string_view text);

}  // namespace tocsin
