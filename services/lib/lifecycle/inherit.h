// What people of a centre did with a warning follows it when the engine merges it into another.
//
// Pure. Somebody writes it as an action on the surviving warning; its id says from where and how
// much of it there was, so that done twice it has one effect, and what is done with the ended one
// later follows, too.
#pragma once

#include <optional>
#include <string>

#include "lib/domain/evidence.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin {

struct MergedWarning {
  WarningId id;
  Severity severity = Severity::kUnspecified;
};

struct Inheritance {
  Inherit detail;
  std::string action_id;
};

// Nothing where nobody did anything with `from`, or where all of it has come to `into` already. An
// acknowledgement comes along only if `into` is no graver: nobody has seen what it has become.
std::optional<Inheritance> NextInheritance(const MergedWarning& from, const Lifecycle& life_from,
                                           const MergedWarning& into, const Lifecycle& life_into);

}  // namespace tocsin
