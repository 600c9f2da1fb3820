// A pack made ready for matching: its rules by key spec, with what each of them needs worked out
// once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/domain/keyed.h"
#include "lib/rules/keys.h"
#include "lib/rules/pack.h"
#include "lib/rules/rule_index.h"

namespace tocsin {

// A correlation key, parsed once for a step.
struct KeyContext {
  CorrelationKey key;
  KeyParts parts;
  std::string bytes;             // canonical (spec, value): the part of state keys
  std::optional<ActorId> actor;  // for keys with the field actor

  const ActorId* actor_of_key() const { return actor ? &*actor : nullptr; }
  // Value of a field of the key; nullptr if the key lacks it.
  const std::string* Field(std::string_view name) const;
};
absl::StatusOr<KeyContext> MakeKeyContext(const CorrelationKey& key);
std::string BytesOf(const CorrelationKey& key);  // as in KeyContext

// When an event happened, for every rule: docs/rules.md, What an event is to a rule. Of a warning
// it is the end of its episode, so that it stays in the state as long as its newest evidence does;
// one that is open stays longer than any event: kGoesOn, 2299-12-31.
inline constexpr Time kGoesOn = FromMicros(int64_t{10413705600} * 1'000'000);
Time TimeOf(const KeyedEvent& event);

struct CompiledRule {
  const Rule* rule = nullptr;
  // Encoded events of selected types start with one of these (archive.h: the type comes first).
  std::vector<std::string> encoded_types;
  // Bit i: the type belongs to selection i; parallel to encoded_types.
  std::vector<uint32_t> encoded_type_selections;
  uint32_t waits_for = 0;                 // bits of the selections whose events a deadline is for
  bool sitreps = false, sensors = false;  // streams that can carry such events
  Duration lateness{0};                   // the greatest of the selected types
  Duration horizon{0};                    // how far back its warnings can depend on events

  // Bit i: the event meets selection i. 0: it is not in S.
  uint32_t SelectionsMet(const Pack& pack, const KeyedEvent& event, const ActorId* key_actor) const;
  // False only if an event with this encoding cannot meet one of `selections` (bits).
  bool MayMeet(std::string_view encoded, uint32_t selections) const;
  // The source can carry events that a deadline is for: decision 3 of the design.
  bool ReadsFrom(const SourceId& source) const;
};

// Clean-ups of a key whose rules have this horizon are so far apart: what lies further back may
// still be there for so long.
Duration CleanUpPause(Duration horizon);

// The rules that share a key spec.
struct SpecRules {
  std::vector<CompiledRule> rules;  // by rule id
  RuleIndex index;                  // of `rules`
  // Events may be dropped when time is past them by this: docs/rules.md, Content.
  Duration horizon{0};
  int32_t trips = 0;  // the most that any of the rules has
};

struct CompiledPack {
  Pack pack;
  std::map<std::string, SpecRules> specs;
  // Every absence rule, by rule id.
  std::vector<const CompiledRule*> absences;
  // Every other rule that waits for time, by rule id.
  std::vector<const CompiledRule*> waiting;
  // Rules whose warnings some rule selects.
  std::set<RuleId> selected;

  const SpecRules* Find(const std::string& spec) const;
  const CompiledRule* FindRule(const std::string& spec, const RuleId& id) const;
};

std::unique_ptr<const CompiledPack> Compile(Pack pack);

}  // namespace tocsin
