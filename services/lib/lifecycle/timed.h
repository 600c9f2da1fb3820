// What time and the engine do to a warning at a centre: an acknowledgement that lapses, the
// mission's own escalation policy, and a resolved warning that has become another one.
//
// Pure: says what comes next and when, by the deployment's clock. Somebody writes it as an action
// when it is due; done twice, it has one effect, since its id says what it is.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "lib/domain/evidence.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin {

// After so long without anybody having it, it is taken to them.
struct EscalationStep {
  Duration after{0};
  EscalationLevel to = EscalationLevel::kUnspecified;
  friend auto operator<=>(const EscalationStep&, const EscalationStep&) = default;
};
// By severity; steps in the order of both their times and their levels. A severity without steps is
// not taken up by time.
using EscalationPolicy = std::map<Severity, std::vector<EscalationStep>>;

// What it depends on of a warning that the engine has not ended.
struct Told {
  Severity severity = Severity::kUnspecified;
  Time issued = kUnknownTime;     // of its first record
  int32_t alerting_revision = 0;  // the last one that alerts
};

struct Timed {
  Time due = kNever;
  ActionDetail detail;
  std::string action_id;
  int64_t expect = -1;  // number of actions of the life that it was worked out from; -1: whatever
};

// The next thing that time does; nothing where it does none.
std::optional<Timed> NextTimed(const Told& told, const Lifecycle& life,
                               const EscalationPolicy& policy);

}  // namespace tocsin
