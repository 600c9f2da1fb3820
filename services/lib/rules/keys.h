// Correlation keys: which state an event belongs to. docs/rules.md, Keys.
#pragma once

#include "lib/rules/pack.h"

namespace tocsin {

// The first letter of a key spec whose events are warnings.
inline constexpr char kOfWarnings[] = "@";

// Neither late nor vague for the rule (docs/rules.md, What an event is to a rule): in time for
// every kind, in place for near. Selections are not asked.
bool CanBeEvidence(const Rule& rule, const KeyedEvent& event);

// The keys under which `rule` wants the event, sorted: empty if no selection matches, a field has
// no value, or it cannot be evidence. A key's value is the canonical encoding of (status, exercise
// id, values in the order of group_by), as lower-case hex, so that it is valid text in a protobuf
// string.
std::vector<CorrelationKey> KeysOf(const Rule& rule, const KeyedEvent& event);

// The union over all rules, sorted, without repetition; empty for a type that is not in the
// taxonomy.
std::vector<CorrelationKey> KeysOf(const Pack& pack, const KeyedEvent& event);

// What a key says, for a warning's `key` map and for status and exercise.
struct KeyParts {
  Status status = Status::kUnspecified;
  std::string exercise_id;
  std::vector<std::pair<std::string, std::string>> fields;  // field, value
};
absl::StatusOr<KeyParts> ParseKey(const CorrelationKey& key);

// The text whose hash is the key's partition in fusion.keyed.v1.
std::string PartitionText(const CorrelationKey& key);

}  // namespace tocsin
