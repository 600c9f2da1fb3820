// The one decision on who may see what. Every read of every service goes through Decide; a structural
// test finds a door that does not.
//
// Pure: the answer depends on the arguments alone.
#pragma once

#include <absl/status/statusor.h>

#include "lib/domain/types.h"

namespace tocsin {

enum class Role { kUnspecified, kService, kWatchOfficer, kReportingOfficer, kSensor, kLiaison, kOperator };

// Who asks, from the URI SAN of an mTLS certificate:
// spiffe://tocsin.local/mission/<mission>/<role>/<name>.
struct Principal {
  MissionId mission;
  Role role = Role::kUnspecified;
  std::string name;  // of the person, device or service
  friend auto operator<=>(const Principal&, const Principal&) = default;
};

// Exactly one SAN of exactly that form, lower-case letters, digits, '-' and '.' only.
absl::StatusOr<Principal> ParsePrincipal(std::string_view uri_san);

// What is asked for.
enum class ObjectKind { kReport, kWarning, kEvidence };
struct Object {
  ObjectKind kind = ObjectKind::kReport;
  Label label;
  std::vector<MissionId> addressees;  // of a warning
};

enum class Access { kInvisible, kWithheld, kFull };
struct Decision {
  Access access = Access::kInvisible;
  std::string reason;  // for kWithheld and kInvisible: "not_releasable", "no_label", "tlp", "caveat", "role"
  MissionId ask;       // whom to ask for release
};

// Default deny. `log_time`: the time of the log, for labels that change with it; never the machine's.
Decision Decide(const Principal& principal, const Object& object, Time log_time);

}  // namespace tocsin
