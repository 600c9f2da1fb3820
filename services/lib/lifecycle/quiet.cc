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

namespace {

bool Covers(const SilenceSet& silence, const Audible& warning) {
  if (warning.severity >= Severity::kExtreme && silence.countersigned_by.empty()) return false;
  return Selects(silence.filter, warning);
}

}  // namespace

std::optional<Quiet> QuietBecause(const Centre& centre, const Audible& warning, Time now) {
  std::optional<Quiet> longest;
  for (const auto& [id, silence] : centre.silences) {
    if (!silence.HoldsAt(now) || !Covers(silence, warning)) continue;
    if (!longest || silence.expires > longest->until) {
      longest = Quiet{QuietReason::kSilenced, id, silence.expires};
    }
  }
  if (longest || warning.severity >= Severity::kExtreme || warning.explained_by.empty()) {
    return longest;
  }
  return Quiet{QuietReason::kInhibited, warning.explained_by.begin()->str(), kNever};
}

namespace {

// It was told quietly, perhaps, and nobody wrote so before the silence was over.
std::optional<Timed> WakeUnwritten(const Centre& centre, const Audible& warning, Time first_issued,
                                   const Lifecycle& life, Time now) {
  if (life.state != LifecycleState::kNew) return std::nullopt;
  std::optional<Timed> last;
  for (const auto& [id, silence] : centre.silences) {
    const Time end = silence.end();
    std::string action_id = StrCat("quiet/over/", id);
    if (end > now || end <= life.waiting_since || first_issued > end || !Covers(silence, warning) ||
        life.seen.contains(action_id)) {
      continue;
    }
    if (!last || end > last->due) last = Timed{end, Wake{end}, std::move(action_id)};
  }
  return last;
}

}  // namespace

std::optional<Timed> NextQuiet(const Centre& centre, const Audible& warning, Time first_issued,
                               const Lifecycle& life, Time now) {
  const std::optional<Quiet> wanted = QuietBecause(centre, warning, now);
  // The number of actions tells apart one occasion from another, and makes a second copy harmless.
  const auto id = [&](const char* what) { return StrCat("quiet/", what, "/", life.actions); };
  if (wanted && life.state == LifecycleState::kResolved) return std::nullopt;
  if (wanted && wanted != life.quiet)
    return Timed{now, Quieten{*wanted}, id("begin"), life.actions};
  if (!life.quiet) {
    return wanted ? std::nullopt : WakeUnwritten(centre, warning, first_issued, life, now);
  }
  if (!wanted) {
    const Time at = std::min(now, life.quiet->until);
    return Timed{at, Wake{at}, id("end"), life.actions};
  }
  if (life.quiet->until == kNever) return std::nullopt;
  return Timed{life.quiet->until, Wake{life.quiet->until}, id("end"), life.actions};
}

}  // namespace tocsin
