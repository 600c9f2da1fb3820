// Reading of `condition`, a function for each kind in a file of its own. Not for use outside
// lib/rules.
#pragma once

#include <string>
#include <vector>

#include "lib/rules/pack.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin::rules_internal {

// Types of the taxonomy that the selection names.
std::vector<const EventType*> TypesOf(const Pack& pack, const Selection& selection);

// Why no type can have the attribute with this value (empty: any value); empty if one can.
std::string AttributeProblem(const std::vector<const EventType*>& types, const std::string& name,
                             const std::string& value);

// What words may name: desks, types and prefixes of types with ".*".
std::vector<std::string_view> Desks(const Pack& pack);
std::vector<std::string> TypesAndPrefixes(const Pack& pack);

// A problem unless it is the code of a language: "en", "fra".
void CheckLanguage(MapReader& texts, const std::string& language);

// What a condition is read with. The rule's kind, key and selections are there already.
struct ConditionContext {
  MapReader& top;        // the whole rule
  MapReader& condition;  // its part
  Problems& problems;
  const Pack& pack;
  Rule& rule;

  bool HasSelection(const std::string& name) const;
  std::vector<std::string_view> Selections() const;
  bool GroupsBy(std::string_view field) const;
  // A problem at `key` unless `field` is area, corridor, mission, origin or an attribute that a
  // selected type has.
  void CheckField(std::string_view key, const std::string& field);
};

void ReadCount(ConditionContext in);
void ReadNear(ConditionContext in);
void ReadAbsence(ConditionContext in);
void ReadSequence(ConditionContext in);
void ReadDivergence(ConditionContext in);
void ReadMovement(ConditionContext in);
void ReadSurge(ConditionContext in);
void ReadComposite(ConditionContext in);

// Notes what is legal in a rule, but hardly meant.
void NoteDoubts(ConditionContext in);

// `severities: {moderate: 3, severe: 5}`: graver ones need more.
void ReadSeverities(ConditionContext in);

// `radius_km`: of near's matches, and the greatest uncertainty of an event's place.
void ReadRadius(ConditionContext in);

}  // namespace tocsin::rules_internal
