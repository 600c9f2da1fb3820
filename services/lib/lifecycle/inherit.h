// What people of a centre did with a warning follows it when the engine merges it into another, and
// goes along with a part that the engine splits from it.
//
// Pure. Somebody writes it as an action on the warning that inherits; its id says from where, and
// for a merge how much of it there was, so that done twice it has one effect. What is done with one
// that was merged into another follows later, too; one that was split goes on by itself.
#pragma once

#include <optional>
#include <string>

#include "lib/domain/evidence.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin {

struct GradedWarning {
  WarningId id;
  Severity severity = Severity::kUnspecified;
};

struct Inheritance {
  Inherit detail;
  std::string action_id;
};

// Nothing where nobody did anything with `from`, or where all of it has come to `into` already. An
// acknowledgement comes along only if `into` is no graver: nobody has seen what it has become.
std::optional<Inheritance> NextInheritance(const GradedWarning& from, const Lifecycle& life_from,
                                           const GradedWarning& into, const Lifecycle& life_into);

// The same for a part that was split from `origin`: once, as of the split. `life_origin` is what
// its life was then, `origin.severity` how grave what people had acknowledged was.
std::optional<Inheritance> InheritanceOfPart(const GradedWarning& origin,
                                             const Lifecycle& life_origin,
                                             const GradedWarning& part, const Lifecycle& life_part);
// Id of the action with which a part inherits.
std::string PartActionId(const WarningId& origin);

}  // namespace tocsin
