// What the members of one (rule, key) make: pure functions from a sorted list of events to
// episodes. docs/rules.md, Kinds. Absence, which depends on time as well, is in absence.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/domain/keyed.h"
#include "lib/rules/pack.h"

namespace tocsin {

// An event of S. Lists of members are sorted by (time, identity).
struct Member {
  Time time;
  uint32_t selections = 0;  // bits of the selections that it meets; never 0
  Identity incident;        // for event_count
  KeyedEvent event;
};

struct Episode {
  std::vector<Member> members;       // the evidence, sorted as above
  std::vector<int64_t> distances_m;  // for near: parallel to members; else empty
  Time onset = kUnknownTime;         // event time at which the condition first held
  int64_t measure = 0;               // greatest count; seconds of the gap for absence
  Severity severity = Severity::kUnspecified;
  std::string absence_state;
  Time from() const { return members.front().time; }
  Time to() const { return members.back().time; }
};

// event_count and value_count. Members before and after those given must not matter: see
// recompute.h.
std::vector<Episode> CountEpisodes(const Rule& rule, const std::vector<Member>& members);

// near, with two to four selections.
std::vector<Episode> NearEpisodes(const Rule& rule, const std::vector<Member>& members);

// The gravest severity whose count `measure` reaches; kUnspecified if none.
Severity SeverityOf(const Rule& rule, int64_t measure);

}  // namespace tocsin
