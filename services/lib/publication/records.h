// Who may bring a change of rules about: the records of fusion.rules.v1 as plain types. Each names
// the person as the certificate had it. proto/tocsin/v1/control.proto has the meaning of each
// field.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lib/domain/keyed.h"
#include "lib/domain/warning.h"

namespace tocsin {

// A principal without its role: whoever has two certificates is still one person.
struct Person {
  MissionId mission;
  std::string name;
  friend auto operator<=>(const Person&, const Person&) = default;
};

// "unamid/amina".
std::string NameOf(const Person& person);

// What a JOC would have had of warnings, over the reports that were tried.
struct WatchBurden {
  MissionId mission;
  int64_t watches = 0;
  int64_t warnings = 0;         // under the proposed rules
  int64_t warnings_before = 0;  // under those in effect
  // In a watch: no more than this in 95 of 100.
  int64_t high = 0;
  int64_t high_before = 0;
  int64_t most = 0;                                       // in the worst
  std::vector<std::pair<Severity, int64_t>> by_severity;  // of `warnings`, ascending
  friend auto operator<=>(const WatchBurden&, const WatchBurden&) = default;
};

struct Burden {
  Time from = kUnknownTime, to = kUnknownTime;  // of the reports
  int64_t reports = 0;
  std::vector<WatchBurden> missions;  // sorted by mission
  friend auto operator<=>(const Burden&, const Burden&) = default;
};

struct Proposal {
  std::string id;
  std::vector<DocumentRef> documents;  // sorted; of no JOC's acceptance
  std::vector<MissionId> live_missions;
  std::string base_digest;  // BasisOf what was in effect when the author looked
  Person author;
  std::string reason;
  Time proposed = kUnknownTime;
  std::optional<Burden> burden;  // absent: none was shown
  friend auto operator<=>(const Proposal&, const Proposal&) = default;
};

struct Confirmation {
  std::string proposal_id;
  bool confirmed = false;  // false: refused
  Person by;
  std::string reason;
  Time decided = kUnknownTime;
  friend auto operator<=>(const Confirmation&, const Confirmation&) = default;
};

struct Acceptance {
  std::string id;
  RuleId rule;
  MissionId mission;
  bool live = false;  // false: no longer live
  Person by;
  Time accepted = kUnknownTime;
  friend auto operator<=>(const Acceptance&, const Acceptance&) = default;
};

// One record of the topic. A throttle is a correlator's, and nothing that people publish.
using RulesInput = std::variant<Document, Activation, Proposal, Confirmation, Acceptance, Throttle>;

// Key in fusion.rules.v1, which is compacted: no record that says something else has the same.
std::string RecordKey(const RulesInput& record);

// What of an activation people propose: everything but what each JOC has accepted for itself.
std::vector<DocumentRef> ProposedPart(const std::vector<DocumentRef>& documents);
// The digest of that part: what a proposal starts from. Does not change when a JOC accepts a rule.
std::string BasisOf(const Activation& activation);

}  // namespace tocsin
