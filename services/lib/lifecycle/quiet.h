// Whether a warning comes to a centre with a bell or quietly. One decision for the gateway that
// shows it and for the one that writes it down.
//
// Pure. What keeps a warning quiet never keeps it away: it is delivered, listed and counted as
// ever.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "lib/domain/evidence.h"
#include "lib/lifecycle/centre.h"
#include "lib/lifecycle/storm.h"
#include "lib/lifecycle/timed.h"

namespace tocsin {

// What the decision depends on of a warning that stands.
struct Audible {
  WarningId id;
  RuleId rule;
  Severity severity = Severity::kUnspecified;
  std::set<AreaId> areas;
  // Wider warnings that stand at this centre and rest on it.
  std::set<WarningId> explained_by;
  // When its last alarm rings with others, if it came in a flood.
  std::optional<GroupRing> ring;
};

// Whether the filter selects it, whatever its severity may be kept quiet by.
bool Selects(const SilenceFilter& filter, const Audible& warning);

// Nothing: with a bell. An Extreme warning is kept quiet only by a silence that the chief has
// countersigned. Of several silences the one that ends last counts, before any wider warning, and
// that before a storm.
std::optional<Quiet> QuietBecause(const Centre& centre, const Audible& warning, Time now);

// What has to be written so that the life says what the decision says; nothing if it does. A change
// is due at once, the end of a silence at its time. Whatever a silence kept quiet is woken when it
// is over, also what was told quietly a moment before that and never written down as quiet.
// `first_issued`: of the warning.
std::optional<Timed> NextQuiet(const Centre& centre, const Audible& warning, Time first_issued,
                               const Lifecycle& life, Time now);

// What has rung with its group and still waits for somebody rings again, every `repeat_interval`.
// Rings that nobody was there to write are left out.
std::optional<Timed> NextRing(const Lifecycle& life, Duration repeat_interval, Time now);

}  // namespace tocsin
