// From an episode to what a warning says. docs/rules.md, Content, and when it changes.
#pragma once

#include "lib/correlation/compiled.h"
#include "lib/correlation/episodes.h"
#include "lib/domain/warning.h"

namespace tocsin {

WarningContent MakeContent(const Pack& pack, const Rule& rule, const KeyContext& key,
                           const Episode& episode);

// The warnings that an episode of a composite rests on, by number; none for other kinds.
std::vector<RestsOn> RestsOnOf(const Rule& rule, const Episode& episode);

// Certainty, and whether the evidence is one unverified source.
struct Sureness {
  Certainty certainty = Certainty::kPossible;
  bool unverified = false;
};
Sureness SurenessOf(const std::vector<Member>& evidence);

// An Update from `before` to `after` is worth an alarm: ground rule 5.
bool AlertsAgain(const WarningContent& before, const WarningContent& after);

}  // namespace tocsin
