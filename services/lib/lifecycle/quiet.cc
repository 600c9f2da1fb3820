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

// How long after its time that one rings which nobody wrote down: later it stands in the lists of
// whoever has come since, and the policy has sent for somebody.
constexpr Duration kUnwritten = std::chrono::hours(1);
// By more than that no alarm is held back longer than it should.
constexpr Duration kClocksDiffer = std::chrono::minutes(1);

bool HeldBack(const std::optional<GroupRing>& ring, Time now) {
  return ring && now < ring->rings && ring->rings - now <= ring->waits + kClocksDiffer;
}

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
  if (longest || warning.severity >= Severity::kExtreme) return longest;
  if (!warning.explained_by.empty()) {
    return Quiet{QuietReason::kInhibited, warning.explained_by.begin()->str(), kNever};
  }
  if (HeldBack(warning.ring, now)) {
    return Quiet{QuietReason::kDigested, warning.ring->group.str(), warning.ring->rings};
  }
  return std::nullopt;
}

namespace {

// The same for one that waited for others of its group: it rings with them in any case.
std::optional<Timed> RingUnwritten(const Audible& warning, const Lifecycle& life, Time now) {
  if (!warning.ring || warning.severity >= Severity::kExtreme) return std::nullopt;
  const Time rings = warning.ring->rings;
  const bool taken = life.state == LifecycleState::kResolved ||
                     (life.state == LifecycleState::kAcknowledged &&
                      life.acknowledged_revision >= warning.ring->revision);
  const bool rung = rings <= std::max(life.waiting_since, life.rang);
  if (taken || rung || rings <= now - kUnwritten) return std::nullopt;
  std::string action_id = StrCat("quiet/digest/", warning.ring->revision);
  if (life.seen.contains(action_id)) return std::nullopt;
  return Timed{rings, Wake{rings, /*grouped=*/true}, std::move(action_id)};
}

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
    if (wanted) return std::nullopt;
    auto silenced = WakeUnwritten(centre, warning, first_issued, life, now);
    return silenced ? std::move(silenced) : RingUnwritten(warning, life, now);
  }
  const Time at = wanted ? life.quiet->until : std::min(now, life.quiet->until);
  if (at == kNever) return std::nullopt;
  const bool grouped = life.quiet->reason == QuietReason::kDigested;
  return Timed{at, Wake{at, grouped}, id("end"), life.actions};
}

std::optional<Timed> NextRing(const Lifecycle& life, Duration repeat_interval, Time now) {
  if (life.state != LifecycleState::kNew || life.quiet || life.rang == kUnknownTime ||
      life.rang < life.waiting_since) {
    return std::nullopt;
  }
  const int64_t missed = std::max<int64_t>(1, (now - life.rang) / repeat_interval);
  const Time at = life.rang + missed * repeat_interval;
  return Timed{at, Wake{at, /*grouped=*/true}, StrCat("quiet/again/", ToMicros(at)), life.actions};
}

}  // namespace tocsin
