// From a mission's event to what leaves its own topics: places and actors resolved, and only the
// fields that rules match on. docs/rules.md, What an event is to a rule.
#pragma once

#include <map>
#include <set>
#include <string>

#include "lib/base/counts.h"
#include "lib/domain/event.h"
#include "lib/domain/keyed.h"
#include "lib/routing/router.h"
#include "lib/rules/pack.h"
#include "lib/rules/rule_index.h"

namespace tocsin {

// A point less certain than this lies in no area.
inline constexpr double kGreatestAreaUncertaintyM = 100'000;

class Resolver {
 public:
  // Both must outlive the resolver.
  Resolver(const Pack& pack, const PlaceIndex& places);

  // The event as rules see it; `event.accepted` is set. What could not be resolved is counted:
  // unknown_types, unresolved_places, vague_places, unresolved_actors.
  KeyedEvent Resolve(const Event& event, Counts& counts) const;

  // The keys under which rules want an event (rules/keys.h), and how long it must be remembered
  // after it was accepted: the longest lateness, and the horizon (window and lateness) of the rules
  // that want it.
  struct Wanted {
    std::vector<CorrelationKey> keys;
    Duration retention{0};
  };
  Wanted WantedOf(const KeyedEvent& event) const;

 private:
  void ResolvePlace(const Event& event, KeyedEvent& keyed, Counts& counts) const;
  void ResolveCells(KeyedEvent& keyed) const;
  void ResolveActors(const Event& event, KeyedEvent& keyed, Counts& counts) const;
  Attributes MatchedAttributes(const Event& event, const EventType* type) const;

  const Pack& pack_;
  const PlaceIndex& places_;
  std::set<std::string> matched_attributes_;  // that some rule reads
  Duration longest_lateness_;
  RuleIndex index_;  // of pack_.rules
  // Rules over cells, by the level of these; and how far such a rule looks at most.
  struct Cells {
    std::vector<const Rule*> rules;
    int64_t radius_m = 0;
  };
  std::map<int32_t, Cells> cells_;
};

// Whom an event comes from in the end, without saying who that is: texts that are equal where the
// origins are. "relayed:", "source:" (both with a hash) or "mission:", component and kind of
// source.
std::string OriginOf(const Event& event);

}  // namespace tocsin
