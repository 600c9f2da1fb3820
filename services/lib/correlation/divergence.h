// Which declarations stand for which sides: docs/rules.md, divergence.
#pragma once

#include <string>
#include <vector>

#include "lib/correlation/episodes.h"

namespace tocsin {

// A declaration while it stands for one side: from its time until another time, not included. Of
// one time all but the last stand for no time at all.
struct Stands {
  std::string side;
  Time from, until;
  size_t member;  // position among the members
};

// By side, then by time.
std::vector<Stands> StandsOf(const Pack& pack, const Rule& rule, const KeyContext& key,
                             const std::vector<Member>& members);

// Null: the event declares nothing.
const std::string* DeclaredBy(const Rule& rule, const Member& member);

}  // namespace tocsin
