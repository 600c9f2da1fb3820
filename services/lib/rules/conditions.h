// What the kinds of rules have of their own in `condition`; docs/rules.md, Kinds, says what each
// means. Lengths of time that every kind has in one form or another lie in Rule itself.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/domain/warning.h"

namespace tocsin {

// temporal and temporal_ordered.
struct SequenceCondition {
  bool ordered = false;
  bool latest = false;                     // each completing event takes the latest that fit only
  std::vector<std::string> steps;          // names of selections, two to four
  std::optional<Duration> gap;             // ordered: between successive steps at most
  std::vector<std::string> equal, differ;  // fields or attributes that the events join on
  // Field to two steps or more whose events have no value of it in common; others may.
  std::map<std::string, std::vector<std::string>> differ_between;
  std::vector<std::string> until;  // selections of which none may come between
  std::string then_no;             // a selection that must not follow; empty: any may
  Duration then_within{0};

  // Whether two events of an episode match depends on others that are no evidence of it. (`until`
  // ends every episode.)
  bool LooksPastEvidence() const { return latest || !then_no.empty(); }
  friend bool operator==(const SequenceCondition&, const SequenceCondition&) = default;
};

// divergence.
struct DivergenceCondition {
  std::string field;  // attribute that declares
  std::string sides;  // "area" or "mission": who may differ
  Duration longer_than{0};
  friend bool operator==(const DivergenceCondition&, const DivergenceCondition&) = default;
};

// movement.
struct MovementCondition {
  int64_t least_sightings = 2;
  Duration ahead{0};  // areas that may be reached in this time are told
  friend bool operator==(const MovementCondition&, const MovementCondition&) = default;
};

// surge.
struct SurgeCondition {
  Duration bucket{0};
  Duration baseline{0};  // what is before a bucket and tells what to expect of it
  Duration half_life{0};
  int64_t least_count = 0;
  int64_t false_alarms_ppm = 0;  // of buckets without a change, in a million
  friend bool operator==(const SurgeCondition&, const SurgeCondition&) = default;
};

// The local time of a desk, as data: what the zone's offset from UTC was since when.
struct ZoneOffset {
  Time from = kUnknownTime;
  Duration offset{0};
  friend auto operator<=>(const ZoneOffset&, const ZoneOffset&) = default;
};

// absence by schedule: an event every day by this time of a desk's day.
struct Schedule {
  Duration by{0};                   // since local midnight
  std::vector<ZoneOffset> offsets;  // ascending
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

}  // namespace tocsin
