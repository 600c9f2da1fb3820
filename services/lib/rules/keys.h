// Correlation keys: which state an event belongs to. docs/rules.md, Keys.
#pragma once

#include "lib/rules/pack.h"

namespace tocsin {

// The first letter of a key spec whose events are warnings.
inline constexpr char kOfWarnings[] = "@";
// The first field of the two key specs of a rule over cells: the size of the cells, and the rule
// whose warnings stand there. No name of a field has a colon.
inline constexpr char kOfCells[] = "cell:";
inline constexpr char kOfOneRule[] = "of:";

// Neither late nor vague for the rule (docs/rules.md, What an event is to a rule): in time for
// every kind, in place for near. Selections are not asked.
bool CanBeEvidence(const Rule& rule, const KeyedEvent& event);

// The keys under which `rule` wants the event, sorted: empty if no selection matches, a field has
// no value, or it cannot be evidence. Of a rule over cells these are its cells. A key's value is
// the canonical encoding of (status, exercise id, values in the order of group_by), as lower-case
// hex, so that it is valid text in a protobuf string.
std::vector<CorrelationKey> KeysOf(const Rule& rule, const KeyedEvent& event);

// Of a rule over cells the keys in which its warnings stand, whatever cells the event has: an event
// goes there once it is known to be in a match. Of other rules empty.
std::vector<CorrelationKey> KeysOfMatched(const Rule& rule, const KeyedEvent& event);

// The union over all rules, sorted, without repetition; empty for a type that is not in the
// taxonomy. It asks every rule; the router knows which look at a type (routing/resolve.h).
std::vector<CorrelationKey> KeysOf(const Pack& pack, const KeyedEvent& event);

// What a key says, for a warning's `key` map and for status and exercise.
struct KeyParts {
  Status status = Status::kUnspecified;
  std::string exercise_id;
  std::vector<std::pair<std::string, std::string>> fields;  // field, value
};
absl::StatusOr<KeyParts> ParseKey(const CorrelationKey& key);

// A key in which matches are looked for, of rules over cells.
bool IsOfCells(const CorrelationKey& key);
// ... and the event is judged there: it lies in the key's cell, and does not only reach it.
bool IsAtHome(const CorrelationKey& key, const KeyParts& parts, const KeyedEvent& event);

// The text whose hash is the key's partition in fusion.keyed.v1.
std::string PartitionText(const CorrelationKey& key);

}  // namespace tocsin
