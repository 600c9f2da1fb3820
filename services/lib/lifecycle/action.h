// What people of one JOC do with a warning: proto tocsin.v1.Action as plain types. See there for
// the meaning of each field.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "lib/domain/types.h"

namespace tocsin {

// Inside the mission only, in this order.
enum class EscalationLevel { kUnspecified, kDutyOfficer, kDeputy, kChiefJoc, kChiefOfStaff };
enum class Verdict { kUnspecified, kUseful, kFalseAlarm };
enum class ResponseStage { kUnspecified, kTasked, kOnScene, kResult };

struct Acknowledge {
  Time expires = kNever;  // then it waits for somebody again
  friend auto operator<=>(const Acknowledge&, const Acknowledge&) = default;
};
// Whose it is; an empty person: nobody's.
struct Assign {
  std::string person;
  friend auto operator<=>(const Assign&, const Assign&) = default;
};
// The comment is the action's.
struct Remark {
  friend auto operator<=>(const Remark&, const Remark&) = default;
};
struct Escalate {
  EscalationLevel to = EscalationLevel::kUnspecified;
  friend auto operator<=>(const Escalate&, const Escalate&) = default;
};
struct Resolve {
  friend auto operator<=>(const Resolve&, const Resolve&) = default;
};
struct Reopen {
  friend auto operator<=>(const Reopen&, const Reopen&) = default;
};
// In this JOC's eyes only.
struct Link {
  WarningId other;
  bool undo = false;
  friend auto operator<=>(const Link&, const Link&) = default;
};
struct Mark {
  Verdict verdict = Verdict::kUnspecified;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};
// What a unit does about it.
struct Respond {
  std::string unit;
  ResponseStage stage = ResponseStage::kUnspecified;
  Time at = kUnknownTime;  // when it was so, by who says it
  friend auto operator<=>(const Respond&, const Respond&) = default;
};
// Of the gateway, when an acknowledgement's time is over: it ends that one and no other.
struct Lapse {
  Time expired = kUnknownTime;
  friend auto operator<=>(const Lapse&, const Lapse&) = default;
};

// What one unit does about a warning; kUnknownTime for what has not been said.
struct Response {
  Time tasked = kUnknownTime;
  Time on_scene = kUnknownTime;
  Time ended = kUnknownTime;
  std::string result;
  std::string told_by;  // the last word
  friend auto operator<=>(const Response&, const Response&) = default;
};
// Of the gateway, when the engine merged another warning into this one, or split this one from it:
// what this centre's people had done with that one goes on here. The record has all of it, so that
// a life depends on its own actions alone.
struct Inherit {
  WarningId from;
  std::string acknowledged_by;  // empty: nobody's acknowledgement comes with it
  std::string acknowledged_desk;
  Time acknowledged = kUnknownTime;
  Time acknowledgement_expires = kNever;
  std::string owner;
  std::string assigned_by;
  EscalationLevel level = EscalationLevel::kDutyOfficer;
  Time escalated = kUnknownTime;
  std::string escalated_by;
  std::string comment;
  std::string comment_by;
  std::map<std::string, Response> responses;  // by unit
  std::set<WarningId> links;
  friend auto operator<=>(const Inherit&, const Inherit&) = default;
};

enum class QuietReason { kUnspecified, kSilenced, kInhibited, kDigested };
struct Quiet {
  QuietReason reason = QuietReason::kUnspecified;
  std::string by;       // id of the silence, of the wider warning, or of the rule in a storm
  Time until = kNever;  // of a silence, or of the wait for others
  friend auto operator<=>(const Quiet&, const Quiet&) = default;
};
// Of the gateway: from now on it comes quietly.
struct Quieten {
  Quiet quiet;
  friend auto operator<=>(const Quieten&, const Quieten&) = default;
};
// Of the gateway: nothing keeps it quiet any more, since then.
struct Wake {
  Time at = kUnknownTime;
  bool grouped = false;  // it rings together with others of its rule
  friend auto operator<=>(const Wake&, const Wake&) = default;
};

using ActionDetail = std::variant<std::monostate, Acknowledge, Assign, Remark, Escalate, Resolve,
                                  Reopen, Link, Mark, Respond, Lapse, Inherit, Quieten, Wake>;

struct Action {
  std::string action_id;
  MissionId mission;
  WarningId warning;
  ActionDetail detail;
  std::string person;  // empty: the gateway itself, for what time causes
  std::string desk;
  std::string comment;
  int64_t expect = -1;  // -1: not checked
  int32_t warning_revision = 0;
  Time acted = kUnknownTime;
  Status status = Status::kUnspecified;
  std::string exercise_id;
  friend auto operator<=>(const Action&, const Action&) = default;
};

// "acknowledge", "assign", ...: for logs and metrics; "none" for what this build does not know.
std::string_view NameOf(const ActionDetail& detail);

}  // namespace tocsin
