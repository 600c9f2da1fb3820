#include "lib/lifecycle/timed.h"

#include <algorithm>

#include "lib/base/text.h"

namespace tocsin {

std::optional<Timed> NextTimed(const Told& told, const Lifecycle& life,
                               const EscalationPolicy& policy) {
  if (life.state == LifecycleState::kAcknowledged) {
    const Time expires = life.acknowledgement_expires;
    if (expires == kNever) return std::nullopt;
    return Timed{expires, Lapse{expires}, StrCat("time/lapse/", ToMicros(expires))};
  }
  if (life.state == LifecycleState::kResolved && told.alerting_revision > life.resolved_revision) {
    return Timed{kUnknownTime, Reopen{},
                 StrCat("engine/reopen/", told.alerting_revision, "/", life.actions), life.actions};
  }
  const auto steps = policy.find(told.severity);
  // Nobody is sent for what is kept quiet: its time begins when that ends.
  if (life.state != LifecycleState::kNew || life.quiet || steps == policy.end()) {
    return std::nullopt;
  }
  // Since nobody has it: it was told, or an acknowledgement lapsed, or it was reopened.
  const Time since = std::max(told.issued, life.waiting_since);
  for (const EscalationStep& step : steps->second) {
    if (step.to <= life.level) continue;
    return Timed{since + step.after, Escalate{step.to},
                 StrCat("time/escalate/", static_cast<int>(step.to), "/", ToMicros(since))};
  }
  return std::nullopt;
}

}  // namespace tocsin
