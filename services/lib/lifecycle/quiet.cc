#include "lib/lifecycle/quiet.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"

namespace tocsin {

bool Selects(const SilenceFilter& filter, const Audible& warning) {
  if (!filter.warnings.empty() && !filter.warnings.contains(warning.id)) return false;
  if (!filter.rules.empty() && !filter.rules.contains(warning.rule) &&
      !filter.rules.contains(FormOf(warning.rule).rule)) {
    return false;
  }
  if (!filter.areas.empty() &&
      std::none_of(warning.areas.begin(), warning.areas.end(),
                   [&](const AreaId& area) { return filter.areas.contains(area); })) {
    return false;
  }
  return warning.severity <= filter.severity_max;
}

std::optional<Quiet> QuietBecause(const Centre& centre, const Audible& warning, Time now) {
  const bool extreme = warning.severity >= Severity::kExtreme;
  std::optional<Quiet> longest;
  for (const auto& [id, silence] : centre.silences) {
    if (silence.expires <= now || (extreme && silence.countersigned_by.empty()) ||
        !Selects(silence.filter, warning)) {
      continue;
    }
    if (!longest || silence.expires > longest->until) {
      longest = Quiet{QuietReason::kSilenced, id, silence.expires};
    }
  }
  if (longest || extreme || warning.explained_by.empty()) return longest;
  return Quiet{QuietReason::kInhibited, warning.explained_by.begin()->str(), kNever};
}

std::optional<Timed> NextQuiet(const std::optional<Quiet>& wanted, const Lifecycle& life,
                               Time now) {
  // The number of actions tells apart one occasion from another, and makes a second copy harmless.
  const auto id = [&](const char* what) { return StrCat("quiet/", what, "/", life.actions); };
  if (wanted && life.state == LifecycleState::kResolved) return std::nullopt;
  if (wanted && wanted != life.quiet)
    return Timed{now, Quieten{*wanted}, id("begin"), life.actions};
  if (!life.quiet) return std::nullopt;
  if (!wanted) {
    const Time at = std::min(now, life.quiet->until);
    return Timed{at, Wake{at}, id("end"), life.actions};
  }
  if (life.quiet->until == kNever) return std::nullopt;
  return Timed{life.quiet->until, Wake{life.quiet->until}, id("end"), life.actions};
}

}  // namespace tocsin
