// Random rules and declarations of the kind divergence.
#pragma once

#include "cases.h"

namespace tocsin::property {

// Key, lifetime and addressees are there already.
void MakeRandomDivergence(TwinRule& rule, Random& random);
// The lines of its condition.
std::string DivergenceYaml(const TwinRule& rule);
// Most events of its histories declare something.
void MakeDeclaration(KeyedEvent& event, Random& random);

}  // namespace tocsin::property
