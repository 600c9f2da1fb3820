// What people of one JOC do for the JOC as a whole: proto tocsin.v1.CentreAction as plain types.
// See there for the meaning of each field.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "lib/domain/evidence.h"
#include "lib/domain/types.h"

namespace tocsin {

struct SilenceFilter {
  std::set<WarningId> warnings;
  std::set<RuleId> rules;
  std::set<AreaId> areas;
  Severity severity_max = Severity::kSevere;
  friend auto operator<=>(const SilenceFilter&, const SilenceFilter&) = default;
};

// The action's comment is the reason, its id the silence's.
struct Silence {
  SilenceFilter filter;
  Time expires = kUnknownTime;
  friend auto operator<=>(const Silence&, const Silence&) = default;
};
// Of the chief of the JOC, which whoever writes the record has checked.
struct Countersign {
  std::string silence;
  friend auto operator<=>(const Countersign&, const Countersign&) = default;
};
struct EndSilence {
  std::string silence;
  friend auto operator<=>(const EndSilence&, const EndSilence&) = default;
};
struct LogOn {
  std::string person;
  friend auto operator<=>(const LogOn&, const LogOn&) = default;
};
struct LogOff {
  friend auto operator<=>(const LogOff&, const LogOff&) = default;
};
// The comment is the note; the offer is the first signature.
struct HandOver {
  std::string to;
  friend auto operator<=>(const HandOver&, const HandOver&) = default;
};
struct SignHandOver {
  std::string offer;
  friend auto operator<=>(const SignHandOver&, const SignHandOver&) = default;
};

using CentreDetail = std::variant<std::monostate, Silence, Countersign, EndSilence, LogOn, LogOff,
                                  HandOver, SignHandOver>;

struct CentreAction {
  std::string action_id;
  MissionId mission;
  CentreDetail detail;
  std::string person;
  std::string desk;
  std::string comment;
  Time acted = kUnknownTime;
  friend auto operator<=>(const CentreAction&, const CentreAction&) = default;
};

// "silence", "countersign", ...: for logs and metrics; "none" for what this build does not know.
std::string_view NameOf(const CentreDetail& detail);

}  // namespace tocsin
