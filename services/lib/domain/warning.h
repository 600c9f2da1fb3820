// An early warning: proto tocsin.v1.Warning as plain types. See there for the meaning of each
// field.
#pragma once

#include "lib/domain/evidence.h"
#include "lib/domain/keyed.h"
#include "lib/domain/types.h"

namespace tocsin {

enum class MessageType { kUnspecified, kAlert, kUpdate, kCancel, kExpire };
enum class Urgency { kUnspecified, kUnknown, kPast, kFuture, kExpected, kImmediate };
enum class Certainty { kUnspecified, kUnknown, kUnlikely, kPossible, kLikely, kObserved };
enum class ResponseType {
  kUnspecified,
  kNone,
  kMonitor,
  kAssess,
  kPrepare,
  kAvoid,
  kExecute,
  kEvacuate,
  kShelter,
  kAllClear
};

struct Measure {
  std::string name;
  int64_t value = 0;
  int64_t threshold = 0;
  friend auto operator<=>(const Measure&, const Measure&) = default;
};

// What a complete history determines: the part that tests and twins compare. docs/rules.md,
// Content.
struct WarningContent {
  Status status = Status::kUnspecified;
  std::string exercise_id;
  RuleId rule_id;
  int32_t rule_version = 0;
  std::map<std::string, std::string> key;
  std::vector<MissionId> addressees;  // sorted
  Severity severity = Severity::kUnspecified;
  Urgency urgency = Urgency::kUnspecified;
  Certainty certainty = Certainty::kUnspecified;
  ResponseType response = ResponseType::kUnspecified;
  std::vector<AreaId> areas;
  std::vector<CorridorId> corridors;
  Interval episode;
  Time onset = kUnknownTime;
  Time expires = kNever;
  std::vector<Evidence> evidence;  // sorted by (observed.from, identity)
  std::vector<Measure> measures;
  bool unverified = false;
  std::string absence_state;
  Label label;
  friend auto operator<=>(const WarningContent&, const WarningContent&) = default;
};

// A warning of another rule that one rests on.
struct RestsOn {
  WarningId id;
  int64_t number = 0;
  RuleId rule;
  std::string selection;
  friend auto operator<=>(const RestsOn&, const RestsOn&) = default;
};

struct Warning {
  WarningId id;
  int32_t revision = 0;
  MessageType message_type = MessageType::kUnspecified;
  int64_t number = 0;
  WarningContent content;
  Time issued = kUnknownTime;
  std::optional<Identity> caused_by;
  int32_t caused_by_revision = 0;
  std::string merged_into;
  std::string split_from;  // from the first revision on
  std::string end_reason;
  bool alerts = false;
  bool found_by_backfill = false;                 // a change of rules brought this record
  std::map<std::string, std::string> rule_title;  // by language
  std::vector<RestsOn> rests_on;  // of a composite, by number; no part of the content, as numbers
  friend auto operator<=>(const Warning&, const Warning&) = default;
};

// What a correlator task writes to every partition of the warnings topic after a beat.
struct EvaluatedRecord {
  int32_t keyed_partition = 0;
  Tick tick;
  Time evaluated_up_to = kUnknownTime;
  std::string rules_digest;
  int32_t semantics_version = 0;
  std::vector<RuleId> throttled;    // sorted
  std::vector<RuleId> backfilling;  // what they look back for is still being read again; sorted
  std::vector<RuleId> reconciling;  // all is there, and some keys are still to be done; sorted
  friend auto operator<=>(const EvaluatedRecord&, const EvaluatedRecord&) = default;
};

}  // namespace tocsin
