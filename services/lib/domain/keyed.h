// What a correlator task is fed: proto tocsin.v1.KeyedRecord as plain types. Only the fields that
// rules match on; never text, never a name.
#pragma once

#include <variant>

#include "lib/domain/evidence.h"
#include "lib/domain/types.h"

namespace tocsin {

// One of the tasks that route a deployment's inputs: docs/decisions/0025.
struct RouterTask {
  int32_t index = 0;
  int32_t of = 1;
  friend auto operator<=>(const RouterTask&, const RouterTask&) = default;
};

struct KeyedActor {
  ActorId id;
  std::string actor_class;
  std::string role;
  friend auto operator<=>(const KeyedActor&, const KeyedActor&) = default;
};

// A warning of one rule, as what rules that select warnings need of it; proto
// tocsin.v1.KeyedWarning says what each field is.
struct KeyedWarning {
  struct Item {
    Evidence evidence;
    std::string origin;
    friend auto operator<=>(const Item&, const Item&) = default;
  };
  RuleId rule;
  int64_t number = 0;
  Severity severity = Severity::kUnspecified;
  Time onset = kUnknownTime;
  bool open = false;
  Label label;
  std::vector<MissionId> missions;     // sorted
  std::vector<AreaId> evidence_areas;  // sorted
  std::vector<Item> evidence;          // kMostCarriedEvidence at most
  int64_t left_out = 0;
  bool found_by_backfill = false;
  friend auto operator<=>(const KeyedWarning&, const KeyedWarning&) = default;
};

// Bounds a record of fusion.matches.v1: the newest items of evidence travel with their warning.
inline constexpr size_t kMostCarriedEvidence = 32;

// Whom warnings that are events again are of: no mission can have this id.
inline constexpr char kWarningsMission[] = "@warnings";
inline Identity IdentityOf(const WarningId& warning) {
  return {MissionId(kWarningsMission), EventId(warning.str())};
}
// ... and their types: no taxonomy has any.
inline constexpr char kWarningTypes[] = "warning.";

// Cells of one size that an event belongs to, for rules over cells: the one that it lies in, then
// those that are no farther than such a rule looks. docs/decisions/0019.
struct NearCells {
  int32_t level = 0;  // S2's
  std::vector<std::string> cells;
  friend auto operator<=>(const NearCells&, const NearCells&) = default;
};

struct KeyedEvent {
  Identity identity;
  int32_t revision = 0;
  Status status = Status::kUnspecified;
  std::string exercise_id;
  std::string type;
  Nature nature = Nature::kUnspecified;
  Interval observed;
  std::optional<Interval> valid;
  Time accepted = kUnknownTime;
  std::optional<Point> point;
  double uncertainty_m = 0;
  std::vector<AreaId> areas;          // sorted
  std::vector<CorridorId> corridors;  // sorted
  std::vector<KeyedActor> actors;     // sorted
  People people;
  std::string source_kind;
  std::string component;
  std::string origin;  // equal origins do not corroborate one another
  std::optional<Identity> same_incident_as;
  Grading grading;
  Label label;
  Attributes attributes;
  bool late = false;
  std::optional<KeyedWarning> warning;
  std::vector<NearCells> cells;  // by level; only of what a rule over cells wants
  int32_t router = 0;            // RouterTask::index of the one that keeps the identity
  friend auto operator<=>(const KeyedEvent&, const KeyedEvent&) = default;
};

// See rules/keys.h for how `value` is made.
struct CorrelationKey {
  std::string spec;
  std::string value;
  friend auto operator<=>(const CorrelationKey&, const CorrelationKey&) = default;
};

// The event is now among those of `keys`, instead of any earlier revision of it there.
struct Insert {
  std::vector<CorrelationKey> keys;
  KeyedEvent event;
  bool backfill = false;  // for the rules that backfill only, and silently
  // It is known to be in a match because rules changed, not because something happened.
  bool found_by_backfill = false;
  friend auto operator<=>(const Insert&, const Insert&) = default;
};

// The identity is no longer among those of `keys`; no keys: of none in the partition. A no-op where
// it is unknown.
struct Withdraw {
  std::vector<CorrelationKey> keys;
  Identity identity;
  int32_t revision = 0;
  friend auto operator<=>(const Withdraw&, const Withdraw&) = default;
};

enum class SourceStatus { kUnspecified, kAtEnd, kBehind, kUnknown };

struct SourceTime {
  SourceId source;
  int64_t next_offset = 0;
  Time last_accepted = kUnknownTime;
  SourceStatus status = SourceStatus::kUnspecified;
  Time unknown_since = kUnknownTime;
  // In a vector of several router tasks: of the one that reads it, if it is not the vector's. No
  // state keeps it.
  std::optional<Time> clock;
  friend auto operator<=>(const SourceTime&, const SourceTime&) = default;
};

// How far an input has been read a second time, for rules that backfill.
struct AgainPosition {
  SourceId source;
  int64_t next_offset = 0;
  int64_t end = 0;  // where it stood when the rules took effect; excluded
  friend auto operator<=>(const AgainPosition&, const AgainPosition&) = default;
};

// What correlators found up to a beat has come back: docs/decisions/0021.
struct FoundUpTo {
  int64_t beat = 0;  // 0: not known of all of them
  Time time = kUnknownTime;
  friend auto operator<=>(const FoundUpTo&, const FoundUpTo&) = default;
};

struct Tick {
  Time clock = kUnknownTime;
  Duration margin{0};
  std::vector<SourceTime> sources;  // sorted by source
  bool beat = false;
  // With a beat, while rules backfill: every input that is read again; sorted by source. For people
  // to see: it says nothing of time, and no state keeps it.
  std::vector<AgainPosition> again;
  int64_t number = 0;  // of a beat
  // By the number of times that something went through the router again, less one.
  std::vector<FoundUpTo> found;
  RouterTask router;
  friend auto operator<=>(const Tick&, const Tick&) = default;
};

// The clock of the router task that reads `source`: while that one is away its sources have no
// time.
Time ClockOf(const Tick& tick, const SourceTime& source);

// Time up to which everything of `source` has been read: its last accept time, or, at its end, its
// clock less the margin if that is greater. An unknown source has none.
std::optional<Time> KnownUpTo(const Tick& tick, const SourceTime& source);

// The least of these over all sources that are not unknown; kUnknownTime without any.
Time EvaluatedUpTo(const Tick& tick);

// What a correlator task had found up to a beat lies before this in its partition of
// fusion.matches.v1.
struct FoundMark {
  int32_t keyed_partition = 0;
  std::string rules_digest;
  std::vector<FoundUpTo> up_to;  // as in Tick::found
  friend auto operator<=>(const FoundMark&, const FoundMark&) = default;
};

struct Document {
  std::string kind;
  std::string name;
  int32_t version = 0;
  std::string text;
  std::string sha256;
  friend auto operator<=>(const Document&, const Document&) = default;
};

struct DocumentRef {
  std::string kind;
  std::string name;
  int32_t version = 0;
  std::string sha256;
  friend auto operator<=>(const DocumentRef&, const DocumentRef&) = default;
};

struct Activation {
  std::vector<DocumentRef> documents;  // sorted
  std::string digest;
  std::vector<MissionId> live_missions;  // sorted
  friend auto operator<=>(const Activation&, const Activation&) = default;
};

// The digest that names a set of documents live for these missions.
std::string DigestOf(const std::vector<DocumentRef>& documents, const std::vector<MissionId>& live);

// A rule overdrew its budget in a partition: docs/decisions/0016.
struct Throttle {
  RuleId rule;
  std::string rules_digest;
  int32_t keyed_partition = 0;
  friend auto operator<=>(const Throttle&, const Throttle&) = default;
};

struct Control {
  Activation activation;
  std::vector<Document> documents;
  int32_t semantics_version = 0;
  std::vector<std::pair<SourceId, int64_t>> inputs;
  std::vector<RuleId> backfilling;  // sorted
  std::vector<RuleId> throttled;    // sorted
  RouterTask router;
  int64_t rules_offset = 0;  // of the record that brought it about; only of several router tasks
  friend auto operator<=>(const Control&, const Control&) = default;
};

// All that these rules backfill has been written. docs/decisions/0015.
struct BackfillDone {
  std::string rules_digest;
  std::vector<RuleId> rules;  // sorted
  RouterTask router;
  friend auto operator<=>(const BackfillDone&, const BackfillDone&) = default;
};

using KeyedRecord = std::variant<Insert, Withdraw, Tick, Control, BackfillDone>;

// What a correlator writes of a warning that some rule selects, or of an event that is in a match
// of a rule over cells: proto tocsin.v1.MatchRecord.
struct Match {
  KeyedEvent event;
  bool withdrawn = false;
  int32_t stage = 0;
  RuleId told_by;                  // the rule over cells; empty: the event is a warning
  bool found_by_backfill = false;  // of an event; a warning says it itself
  friend auto operator<=>(const Match&, const Match&) = default;
};

}  // namespace tocsin
