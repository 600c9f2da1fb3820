// What the members of one (rule, key) make: pure functions from a sorted list of events to
// episodes. docs/rules.md, Kinds. Absence has a way of its own in absence.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/correlation/budget.h"
#include "lib/correlation/compiled.h"
#include "lib/correlation/silence.h"
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
  int64_t measure = 0;               // greatest count
  Severity severity = Severity::kUnspecified;
  std::string absence_state;
  bool open = false;               // goes on until evidence comes: never expires
  std::optional<Time> until;       // what holds longer than its evidence lasts: end of it
  std::vector<Measure> measures;   // of kinds that measure something else than a count
  std::vector<AreaId> ahead;       // for movement: areas on the way, sorted
  std::vector<Member> beside;      // for movement: the track's sightings that do not count, before
                                   // the others; no evidence, but of one and the same episode
  std::optional<Interval> bounds;  // of a composite: the members are warnings with bounds of theirs
  Time from() const { return bounds ? bounds->from : members.front().time; }
  Time to() const { return bounds ? bounds->to : members.back().time; }
};

// event_count and value_count. Members before and after those given must not matter: see
// recompute.h.
std::vector<Episode> CountEpisodes(const Rule& rule, const std::vector<Member>& members);

// How many distinct incidents or values an event_count or value_count rule finds in the members.
int64_t CountDistinct(const Rule& rule, const std::vector<Member>& members);

// near, with two to four selections. Incomplete once the budget is exhausted.
std::vector<Episode> NearEpisodes(const Rule& rule, const std::vector<Member>& members,
                                  Budget& budget);

// Of near: the members that some match has together with members[of], and that one itself if there
// is any; by time. Others need not be given. Incomplete once the budget is exhausted.
std::vector<size_t> NearPartners(const Rule& rule, const std::vector<Member>& members, size_t of,
                                 Budget& budget);

// composite, of warnings; two to four selections. Episodes in the order of their bounds.
std::vector<Episode> CompositeEpisodes(const Rule& rule, const std::vector<Member>& members,
                                       Budget& budget);

// What the kinds below are asked about: all members of a run (see timeline.h) of one key.
struct Run {
  const CompiledPack& pack;
  const Rule& rule;
  const KeyContext& key;
  const std::vector<Member>& members;
  const Silence& silence;
  Budget& budget;  // once it is exhausted, what is found is incomplete
};
// Time alone will change what the run makes, at `deadline`; `anchor`: time of an event of it.
struct Wake {
  Time deadline, anchor;
};
struct Found {
  std::vector<Episode> episodes;
  std::vector<Wake> wakes;
};
Found FindSequences(const Run& run);
Found FindDivergences(const Run& run);
Found FindMovements(const Run& run);
Found FindSurges(const Run& run);

// Time cut into parts of equal length since 1970: which of them a time lies in.
int64_t BucketOf(Time time, Duration length);

// The gravest severity whose count `measure` reaches; kUnspecified if none.
Severity SeverityOf(const Rule& rule, int64_t measure);

}  // namespace tocsin
