#include "lib/sharing/decide.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tocsin {
namespace {

// Caveats that do not concern another mission. NOT-TO-HOST keeps something from the host state, and
// no principal is one: certificates are of missions. Every other caveat, known or not, restricts.
constexpr std::array<std::string_view, 1> kHarmlessCaveats = {"NOT-TO-HOST"};

bool ReadsContent(Role role) {
  switch (role) {
    case Role::kService:
    case Role::kWatchOfficer:
    case Role::kWatchDesk:
    case Role::kChiefJoc:
    case Role::kReportingOfficer:
    case Role::kLiaison:
      return true;
    case Role::kSensor:    // gives, never reads
    case Role::kOperator:  // sees the health of the system, not what it carries
    case Role::kUnspecified:
      return false;
  }
  return false;
}

bool OnTheWatch(Role role) {
  return role == Role::kWatchOfficer || role == Role::kWatchDesk || role == Role::kChiefJoc;
}

bool Holds(const std::vector<MissionId>& missions, const MissionId& mission) {
  return std::find(missions.begin(), missions.end(), mission) != missions.end();
}

bool Harmless(std::string_view caveat) {
  return std::find(kHarmlessCaveats.begin(), kHarmlessCaveats.end(), caveat) !=
         kHarmlessCaveats.end();
}

// Why `label` is not released to another mission; empty if it is.
std::string_view Restriction(const Label& label, const MissionId& mission) {
  if (label.originator.empty() || label.classification == Classification::kUnspecified ||
      label.tlp == Tlp::kUnspecified) {
    return "no_label";
  }
  const bool named = Holds(label.releasable_to, mission);
  if (!named && !Holds(label.releasable_to, MissionId("*"))) {
    return "not_releasable";
  }
  // Not equal to the strictest but "at least": a value that this build does not know is stricter
  // still.
  if (label.tlp >= Tlp::kRed && (!named || label.tlp > Tlp::kRed)) {
    return "tlp";
  }
  if (label.classification >= Classification::kStrictlyConfidential &&
      (!named || label.classification > Classification::kStrictlyConfidential)) {
    return "classification";
  }
  if (!std::all_of(label.caveats.begin(), label.caveats.end(), Harmless)) {
    return "caveat";
  }
  return "";
}

Decision Invisible(std::string_view reason) {
  return Decision{Access::kInvisible, std::string(reason), MissionId()};
}

}  // namespace

bool May(const Principal& principal, Act act) {
  if (principal.mission.empty()) {
    return false;
  }
  const Role role = principal.role;
  switch (act) {
    case Act::kFileReport:
      return OnTheWatch(role) || role == Role::kReportingOfficer || role == Role::kLiaison;
    case Act::kStreamDetections:
      return role == Role::kSensor;
    case Act::kReceiveWarnings:
      return ReadsContent(role);
    case Act::kReadRules:
      return ReadsContent(role) || role == Role::kOperator;
    case Act::kPublishRules:
      return role == Role::kWatchOfficer || role == Role::kChiefJoc || role == Role::kOperator;
    case Act::kActOnWarnings:
      return OnTheWatch(role);
    case Act::kCountersign:
      return role == Role::kChiefJoc;
    // A person's own signature: a desk has none.
    case Act::kAcceptRules:
      return role == Role::kWatchOfficer || role == Role::kChiefJoc;
  }
  return false;
}

Decision Decide(const Principal& principal, const Object& object, Time /*log_time*/) {
  if (principal.mission.empty() || !ReadsContent(principal.role)) {
    return Invisible("role");
  }
  if (principal.mission == object.label.originator) {
    return Decision{Access::kFull, "", MissionId()};
  }
  if (object.kind == ObjectKind::kLink) {
    if (object.label.originator.empty() || !Holds(object.label.releasable_to, principal.mission)) {
      return Invisible("not_releasable");
    }
    return Decision{Access::kFull, "", MissionId()};
  }
  const std::string_view restriction = Restriction(object.label, principal.mission);
  switch (object.kind) {
    case ObjectKind::kWarning:
      if (!Holds(object.addressees, principal.mission)) {
        return Invisible("not_addressed");
      }
      if (!restriction.empty()) {
        return Invisible(restriction);
      }
      return Decision{Access::kFull, "", MissionId()};
    case ObjectKind::kReport:
    case ObjectKind::kEvidence:
      if (!restriction.empty()) {
        return Decision{Access::kWithheld, std::string(restriction), object.label.originator};
      }
      return Decision{Access::kFull, "", MissionId()};
    case ObjectKind::kLink:
      break;  // above
  }
  return Invisible("role");
}

}  // namespace tocsin
