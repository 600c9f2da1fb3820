// The one decision on who may see what. Every read of every service goes through Decide; a
// structural test finds a door that does not.
//
// Pure: the answer depends on the arguments alone. All functions are thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/types.h"

namespace tocsin {

enum class Role {
  kUnspecified,
  kService,
  kWatchOfficer,
  kWatchDesk,  // a device of the watch, at which persons log on
  kChiefJoc,
  kReportingOfficer,
  kSensor,
  kLiaison,
  kOperator
};

// Who asks, from the URI SAN of an mTLS certificate:
// spiffe://tocsin.local/mission/<mission>/<role>/<name>.
struct Principal {
  MissionId mission;
  Role role = Role::kUnspecified;
  std::string name;  // of the person, device or service
  friend auto operator<=>(const Principal&, const Principal&) = default;
};

// Exactly one SAN of exactly that form. A mission is 1 to 64 of [a-z0-9-], a name 1 to 64 of
// [a-z0-9.-], both beginning with a letter or digit; the role is one of service, watch-officer,
// watch-desk, chief-joc, reporting-officer, sensor, liaison, operator. InvalidArgument names the
// part and the reason, and never repeats more of the SAN than that part's name.
absl::StatusOr<Principal> ParsePrincipal(std::string_view uri_san);

// Whether a person may be called so: the name in a SAN.
bool IsPersonName(std::string_view name);

// "watch-officer", as in the SAN; "unspecified" for what is none.
std::string_view NameOf(Role role);

// What a role may do at all, whatever the object. Decide is asked besides, for every read.
enum class Act {
  // The watch: watch-officer, watch-desk, chief-joc.
  kFileReport,        // the watch, reporting-officer, liaison
  kStreamDetections,  // sensor
  kReceiveWarnings,   // service, the watch, reporting-officer, liaison
  kActOnWarnings,     // the watch: liaison officers and programs receive but do not act
  kReadRules,         // all but sensor: rules hold no reports
  kCountersign,       // chief-joc
  kPublishRules,      // watch-officer, chief-joc, operator: proposes, confirms and refuses
  kAcceptRules,       // watch-officer, chief-joc: takes a rule live for the own mission
};
bool May(const Principal& principal, Act act);

// What is asked for.
enum class ObjectKind { kReport, kWarning, kEvidence, kLink };
struct Object {
  ObjectKind kind = ObjectKind::kReport;
  // Of a link: whose JOC it is (originator), and to whom that mission's policy shows it.
  Label label;
  std::vector<MissionId> addressees;  // of a warning
};

// Ordered: a larger value is more. Withheld tells that it exists and whom to ask; invisible does
// not.
enum class Access { kInvisible, kWithheld, kFull };
struct Decision {
  Access access = Access::kInvisible;
  // For kWithheld and kInvisible: "not_releasable", "no_label", "tlp", "classification", "caveat",
  // "role", "not_addressed".
  std::string reason;
  MissionId ask;  // whom to ask for release; empty where the object is invisible
  friend auto operator<=>(const Decision&, const Decision&) = default;
};

// Default deny. `log_time`: the time of the log, for labels that change with it; never the
// machine's.
//
// Roles that read content (service, the watch, reporting-officer, liaison) see everything of
// their own mission. Of another mission they see what its label releases to theirs; evidence and
// reports that are not released are withheld, warnings are invisible. A warning is besides only for
// its addressees. TLP:RED and STRICTLY CONFIDENTIAL are released to missions by name only, never by
// "*". A caveat restricts unless it is known not to concern another mission.
//
// Whether a JOC's watch is on the line (a link) its own mission sees, and missions that its policy
// names;
// "*" names nobody. To others it is invisible.
Decision Decide(const Principal& principal, const Object& object, Time log_time);

}  // namespace tocsin
