// How far the keys of a rule are from a warning: for a person who asks, never for an effect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/correlation/compiled.h"
#include "lib/correlation/course.h"
#include "lib/domain/warning.h"

namespace tocsin {

// A step of a sequence, and the event that is it.
struct StepMet {
  std::string selection;
  std::optional<Identity> by;  // absent: it is missing
  Time time = kUnknownTime;    // of the event
};

// What stands for a side of a divergence.
struct SideDeclared {
  std::string side, value;
  Identity by;
  Time since, until;  // until: it is not taken to stand any more
};

struct KeyDistance {
  CorrelationKey key;
  KeyParts parts;
  // What the rule measures at the time that was asked about, against the least that fires; a
  // threshold of 0: it cannot be told yet what fires.
  Measure measure;
  std::vector<Identity> members;  // the events that it was measured on, by time
  bool standing = false;          // a warning of the key stands

  // Sequences: steps in the order of the rule.
  std::vector<StepMet> steps;
  // Divergence: sides that have declared something that stands, and since when they disagree.
  std::vector<SideDeclared> sides;
  std::optional<Time> since;
  // Movement: course and areas ahead. Surge: buckets that the past has, and has to have.
  std::optional<Course> course;
  std::vector<AreaId> ahead;
  int64_t past = 0, past_least = 0;
  // What is not there although the measure may reach its threshold. Movement: "sightings" (too
  // few), "times" (all of one time), "speed" (it may as well stand still), "area" (none ahead).
  // Surge: "past".
  std::vector<std::string> missing;
  // Sequence: the next step counts until then; with all of them met, what must not follow may not
  // until then. Absence: an event is due. Divergence: it warns if they disagree for longer.
  // Movement: the next sighting counts. Surge and tumbling counts: the bucket ends.
  std::optional<Time> until;
};

// For every key with an event that the rule still measures, those nearest to a warning first, then
// by key. The measures, at `now`:
//   event_count, value_count  the window that ends then
//   near                      "selections": how many have an event within the last `within`
//   absence                   "gap_s": since the newest event, against what its deadline allows
//   temporal, temporal_ordered  "steps": the most that are met by events with which the rest may
//                             still come from then on; the silence that `then_no` asks for counts
//                             as one more
//   divergence                "disagreement_s": how long sides have stood at different values
//   movement                  "sightings": those of the track that count
//   surge                     the bucket that then runs, against what its past makes it need
// Of near over cells it is that around the event that has most of a match around it, one for each
// key of the rule's warnings; `state` must have all of its cells.
// NotFound: no such rule.
absl::StatusOr<std::vector<KeyDistance>> DistancesOf(const CompiledPack& pack, const RuleId& rule,
                                                     Time now, State& state);

}  // namespace tocsin
