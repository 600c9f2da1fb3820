// A rule pack: the documents of an activation, parsed. docs/rules.md is the format and the meaning.
//
// Plain data, immutable after ParsePack, shared between threads freely.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/keyed.h"
#include "lib/domain/warning.h"
#include "lib/rules/conditions.h"
#include "lib/rules/problem.h"

namespace tocsin {

enum class RuleKind {
  kEventCount,
  kValueCount,
  kNear,
  kAbsence,
  kSequence,
  kDivergence,
  kMovement,
  kSurge,
  kComposite
};

// Which events, or for a composite which warnings; every non-empty part must hold. docs/rules.md,
// A rule and composite.
struct Selection {
  std::string name;
  std::vector<std::string> types;  // exact, or a prefix with a final ".*"
  std::vector<Nature> natures;     // default {kObserved}
  std::vector<MissionId> missions;
  std::vector<std::string> actor_classes;
  std::vector<std::string> actor_roles;
  Attributes where;
  People min;
  std::vector<RuleId> rules;  // composite: warnings of these, of no other kind
  Severity min_severity = Severity::kUnspecified;
  friend bool operator==(const Selection&, const Selection&) = default;
};

struct Rule {
  RuleId id;
  int32_t version = 0;
  std::map<std::string, std::string> title;  // by language
  std::string why;
  RuleKind kind = RuleKind::kEventCount;
  std::vector<std::string> group_by;  // "actor", "area", "corridor", "feed", "mission"
  std::vector<Selection> selections;  // in the order of the file
  // window, within, every or two days of a schedule; how wide an observed interval may be.
  Duration window{0};
  // Events further apart have nothing to do with one another unless others lie between.
  Duration reach{0};
  bool tumbling = false;  // event_count, value_count: windows side by side instead of sliding
  // event_count, value_count: field to how many different values a window needs beside its count.
  std::map<std::string, int64_t> distinct;
  std::map<Severity, int64_t> severities;
  Severity severity = Severity::kUnspecified;  // near, absence, movement, composite
  std::string field;                           // value_count
  int64_t radius_m = 0;                        // near
  // near over cells: the search is spread over cells of this level of S2's, and the key of the
  // warning is group_by without that word. docs/decisions/0019.
  std::optional<int32_t> cell_level;
  std::vector<std::string> all_of;            // near, composite
  std::optional<int64_t> most_uncertainty_m;  // an event needs a point, this sure at least
  std::optional<Schedule> schedule;           // absence
  Duration settle{0};                         // absence: how long what comes late is waited for
  SequenceCondition sequence;
  DivergenceCondition divergence;
  MovementCondition movement;
  SurgeCondition surge;
  std::vector<std::string> address;  // words, or mission ids
  Urgency urgency = Urgency::kUnspecified;
  ResponseType response = ResponseType::kUnspecified;
  Label label;  // floor: classification and TLP
  Duration lifetime{0};
  bool shadow = false;  // worked out, but told to nobody
  bool draft = false;   // in shadow, and never published
  // A mission's own form of another rule: its id is "<rule>@<mission>", and nobody else is told.
  RuleId base;  // that rule; empty: this one is nobody's own form
  MissionId only_for;
  // How often what it rests on goes through the router again: docs/decisions/0021.
  int32_t trips = 0;
  int32_t stage = 0;  // one more than that of any rule whose warnings it selects; 0: selects none
  // group_by joined by '+': rules with the same spec and selections' copies share keys. Of rules
  // that select warnings it begins with '@', so that these lie apart from events. Of a rule over
  // cells it begins with the rule's id and belongs to that rule alone.
  std::string KeySpec() const;
  // Over cells: of the keys in which its matches are looked for; else empty. Rules with cells of
  // one size share copies.
  std::string CellSpec() const;
  bool SelectsWarnings() const { return kind == RuleKind::kComposite; }
  // Time alone can change what its events make.
  bool WaitsForTime() const {
    return kind == RuleKind::kAbsence || kind == RuleKind::kDivergence || !sequence.then_no.empty();
  }
  // Whether an episode is one depends on events before it that are no evidence.
  bool ExpectsFromThePast() const { return kind == RuleKind::kSurge; }
  bool CountsIncidents() const { return kind == RuleKind::kEventCount || kind == RuleKind::kSurge; }
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct EventType {
  std::string name;
  bool sitreps = false, sensors = false;  // topics that may carry it
  Duration lateness{0};
  // Attribute name to "text", "integer", "number", "boolean", or allowed values joined by '|'.
  std::map<std::string, std::string> attributes;
  friend bool operator==(const EventType&, const EventType&) = default;
};

struct Desk {
  MissionId mission;
  std::string title;
  std::string zone;
  std::vector<ZoneOffset> offsets;  // of the zone from UTC, ascending; empty: no rule needs them
  Label floor;                      // an event may only be stricter
  Label default_label;              // for events that carry none
  Duration watch = std::chrono::hours(12);    // how long one is, for the budget
  std::optional<int64_t> warnings_per_watch;  // the budget; absent: none was stated
  friend bool operator==(const Desk&, const Desk&) = default;
};

struct RegisterActor {
  ActorId id;
  std::string actor_class;
  std::string title;
  std::vector<std::string> aliases;
  friend bool operator==(const RegisterActor&, const RegisterActor&) = default;
};

struct Corridor {
  CorridorId id;
  AreaId a, b;
  friend bool operator==(const Corridor&, const Corridor&) = default;
};

// An area's boundary on some days, of areas_geojson.
struct AreaShape {
  AreaId id;
  std::chrono::sys_days from, to;         // UTC dates, both included
  std::vector<std::vector<Point>> rings;  // outer ones and holes; none repeats its first position
};

struct Pack {
  std::string digest;
  std::vector<MissionId> live_missions;
  std::vector<Rule> rules;  // sorted by id, with missions' own forms among them
  int32_t trips = 0;        // the most that any rule has
  // The rules that a mission has taken live. One that is not there has taken every rule that is not
  // in shadow: so a deployment begins.
  std::map<MissionId, std::set<RuleId>> accepted;
  // The missions that have a form of a rule of their own, and are not told by the rule itself.
  std::set<std::pair<RuleId, MissionId>> own_forms;
  std::map<std::string, EventType> types;
  std::map<MissionId, Desk> desks;
  std::map<ActorId, RegisterActor> actors;
  std::map<std::string, ActorId> actor_by_alias;  // folded alias, see FoldName
  std::map<AreaId, MissionId> area_desks;
  std::vector<AreaShape> area_shapes;  // in the order of the file
  std::map<CorridorId, Corridor> corridors;
  std::string areas_geojson, corridors_geojson;  // for the geo index, as published

  const EventType* FindType(std::string_view type) const;  // nullptr if not in the taxonomy
  const Rule* FindRule(const RuleId& id) const;            // nullptr if there is none
  // The mission has taken the rule live, for itself; of its own form of a rule: that rule.
  bool HasTaken(const MissionId& mission, const Rule& rule) const;
  // Warnings of the rule are told to the mission, if they are addressed to it: it has taken the
  // rule, and is told by this form of it.
  bool LiveFor(const MissionId& mission, const Rule& rule) const;
  const RegisterActor* FindActor(std::string_view name_as_reported) const;
};

// ASCII case and inner white space folded, ends trimmed: how names compare.
std::string FoldName(std::string_view name);

// A pack with everything that is wrong or doubtful in its documents.
struct JudgedPack {
  Pack pack;  // what could be read; whole if no problem is more than a doubt
  std::vector<Problem>
      problems;  // in the order of reading: registers, then rules as they are given
};

// Reads every document, whatever is wrong with the others; of rules with the same id the first
// counts. `names` says what each document is called in problems, "kind/name" where it is shorter.
// More than 10,000 problems are not kept.
JudgedPack JudgePack(const std::vector<Document>& documents,
                     const std::vector<MissionId>& live_missions,
                     const std::vector<std::string>& names = {});

// JudgePack, with the first problem as an error. InvalidArgument names document, line and column
// where known, key and reason.
absl::StatusOr<Pack> ParsePack(const std::vector<Document>& documents,
                               const std::vector<MissionId>& live_missions);

// InvalidArgument names the rules in draft: those are linted and tested, and never published.
absl::Status CheckNoDrafts(const Pack& pack);

// Every part of the selection holds for the event. `key_actor`: the actor of the key, for rules
// grouped by actor: classes and roles are then of that actor; nullptr otherwise.
bool Matches(const Selection& selection, const KeyedEvent& event, const ActorId* key_actor);

}  // namespace tocsin
