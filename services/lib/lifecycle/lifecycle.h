// The life of a warning at one JOC: a function of that JOC's actions alone, in the order of their
// log.
//
// Pure and total: every record gives a new state or a reason why it is ignored, never an error. The
// state of a (warning, JOC) depends on nothing but its records, so a view rebuilt from the log is
// equal to the one that was lost.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"
#include "lib/lifecycle/action.h"

namespace tocsin {

enum class LifecycleState { kUnspecified, kNew, kAcknowledged, kResolved };

enum class Outcome {
  kApplied,
  kForeignMission,       // names another JOC than the topic's: to be audited
  kNoPerson,             // persons only: a program never acknowledges
  kMalformed,            // no action id, no warning id, or a detail that lacks what it needs
  kDuplicate,            // the action id was read before
  kExpectMismatch,       // somebody else was first
  kAlreadyAcknowledged,  // this revision or a later one, by another or to the same end
  kNoChange,             // it was so already
  kResolved,             // to be reopened first
  kTooMany,              // units or links, silences or desks: more than there can be
  kGone,                 // the silence or offer that it is about is not there, or no longer
};
// "applied", "foreign_mission", ...: for logs, metrics and the audit.
std::string_view NameOf(Outcome outcome);

struct Lifecycle {
  LifecycleState state = LifecycleState::kNew;
  int64_t actions = 0;  // applied

  // Of the last acknowledgement; kept when it lapses, as history.
  std::string acknowledged_by;
  std::string acknowledged_desk;
  Time acknowledged = kUnknownTime;
  Time acknowledgement_expires = kNever;
  int32_t acknowledged_revision = 0;
  // Since when it waits for somebody again: an acknowledgement lapsed, or it was reopened.
  Time waiting_since = kUnknownTime;

  std::string owner;  // empty: nobody
  std::string assigned_by;
  EscalationLevel level = EscalationLevel::kDutyOfficer;
  Time escalated = kUnknownTime;
  std::string escalated_by;  // empty: by policy
  std::string resolved_by;
  Time resolved = kUnknownTime;
  int32_t resolved_revision = 0;  // what of the warning they had seen; a later alert reopens it
  Verdict verdict = Verdict::kUnspecified;
  std::string verdict_by;
  std::map<std::string, Response> responses;  // by unit
  std::set<WarningId> links;
  // Merged into it, or it was split from them: what was done with them goes on here.
  std::set<WarningId> predecessors;
  std::string comment;  // the last one, whatever it came with
  std::string comment_by;
  std::optional<Quiet> quiet;  // it comes quietly
  // The last time that it rang with others of its group; kUnknownTime: never.
  Time rang = kUnknownTime;

  // Every action id read and what came of it: the first record of an id decides what it does, and a
  // repetition does nothing, also when by then its `expect` would hold.
  std::map<std::string, Outcome> seen;
  friend auto operator<=>(const Lifecycle&, const Lifecycle&) = default;
};

inline constexpr size_t kMostUnits = 64;
inline constexpr size_t kMostLinks = 64;

struct Applied {
  Lifecycle lifecycle;  // as before where the action is ignored, but for `seen`
  Outcome outcome = Outcome::kApplied;
};

// `joc`: the mission whose topic the record was read from. `lifecycle` is that of (action.warning,
// joc).
Applied Apply(const Lifecycle& lifecycle, const Action& action, const MissionId& joc);

// For stores. Equal lifecycles have equal bytes. DataLoss: the bytes are of no lifecycle.
std::string Encode(const Lifecycle& lifecycle);
absl::StatusOr<Lifecycle> DecodeLifecycle(std::string_view bytes);

}  // namespace tocsin
