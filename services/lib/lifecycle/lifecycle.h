// The life of a warning at one JOC: a function of that JOC's actions alone, in the order of their
// log.
//
// Pure and total: every record gives a new state or a reason why it is ignored, never an error. The
// state of a (warning, JOC) depends on nothing but its records, so a view rebuilt from the log is
// equal to the one that was lost.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"

namespace tocsin {

enum class ActionKind { kUnspecified, kAcknowledge };

// proto tocsin.v1.Action. See there for the meaning of each field.
struct Action {
  std::string action_id;
  MissionId mission;
  WarningId warning;
  ActionKind kind = ActionKind::kUnspecified;
  std::string person;
  std::string desk;
  std::string comment;
  int64_t expect = -1;  // -1: not checked
  int32_t warning_revision = 0;
  Time acted = kUnknownTime;
  Status status = Status::kUnspecified;
  std::string exercise_id;
  friend auto operator<=>(const Action&, const Action&) = default;
};

enum class LifecycleState { kUnspecified, kNew, kAcknowledged };

enum class Outcome {
  kApplied,
  kForeignMission,       // names another JOC than the topic's: to be audited
  kNoPerson,             // persons only: a program never acknowledges
  kMalformed,            // no action id, no warning id or an unknown kind
  kDuplicate,            // the action id was read before
  kExpectMismatch,       // somebody else was first
  kAlreadyAcknowledged,  // this revision or a later one
};
// "applied", "foreign_mission", ...: for logs, metrics and the audit.
std::string_view NameOf(Outcome outcome);

struct Lifecycle {
  LifecycleState state = LifecycleState::kNew;
  int64_t actions = 0;  // applied
  std::string acknowledged_by;
  std::string acknowledged_desk;
  Time acknowledged = kUnknownTime;
  int32_t acknowledged_revision = 0;
  std::string comment;
  // Every action id read and what came of it: the first record of an id decides what it does, and a
  // repetition does nothing, also when by then its `expect` would hold.
  std::map<std::string, Outcome> seen;
  friend auto operator<=>(const Lifecycle&, const Lifecycle&) = default;
};

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
