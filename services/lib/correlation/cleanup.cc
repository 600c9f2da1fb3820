#include "lib/correlation/cleanup.h"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin {
namespace {

// Those from `from` to `to`, both included.
void NeedMembers(StepContext& step, const CompiledRule& rule, const KeyContext& key, Time from,
                 Time to, std::set<Identity>& needed) {
  step.store.ScanMembers(step.pack, rule, key, from, to + Duration(1), ~uint32_t{0},
                         [&](Member&& member) {
                           needed.insert(member.event.identity);
                           return true;
                         });
}

using HeadsByRule = std::map<RuleId, std::vector<StandingHead>>;

// What rules that are gone have left, and so long afterwards that nothing could give their ids
// again.
constexpr Duration kKeptAfterRule = std::chrono::hours(24 * 30);
bool CleanUpAfterRules(StepContext& step, const KeyContext& key, const HeadsByRule& standing,
                       Time retained) {
  bool any_left = false;
  for (const auto& [id, heads] : standing) {
    if (step.pack.FindRule(key.key.spec, id) != nullptr) continue;
    for (const StandingHead& head : heads) {
      if ((head.ended || head.expired) && head.to < retained - kKeptAfterRule) {
        step.store.EraseStanding(key, id, head.number);
      } else {
        any_left = true;
      }
    }
  }
  return any_left;
}

// Nobody has looked yet whether it began a silence, and one that is open never expires; of those
// before it none lasted beyond it.
void NeedLastBefore(StepContext& step, const CompiledRule& rule, const KeyContext& key, Time limit,
                    std::set<Identity>& needed) {
  std::optional<Time> last;
  step.store.ScanMembers(step.pack, rule, key, Time::min(), limit, ~uint32_t{0},
                         [&](Member&& member) {
                           last = member.time;
                           return true;
                         });
  if (last) NeedMembers(step, rule, key, *last, *last, needed);
}

// Keys expire by the hundred thousand, and each range that is read costs a search in every file of
// the state: what stands is read in one pass, and so are the events.
//
// `returned`: as RetainedFrom for the key, which may be long before `retained`.
void CleanUpKey(StepContext& step, const SpecRules& rules, const KeyContext& key, Time retained,
                Time returned, absl::FunctionRef<bool(const RuleId&)> awaits) {
  const Time limit = returned - rules.horizon;
  std::set<Identity> needed;
  const HeadsByRule all = step.store.HeadsOfAll(key);
  bool any_left = CleanUpAfterRules(step, key, all, retained);
  const bool past_matters =
      std::any_of(rules.rules.begin(), rules.rules.end(),
                  [](const CompiledRule& rule) { return rule.rule->ExpectsFromThePast(); });
  for (const CompiledRule& rule : rules.rules) {
    const RuleId& id = rule.rule->id;
    const bool stays = awaits(id);
    const auto found = all.find(id);
    const std::vector<StandingHead> none;
    for (const StandingHead& head : found == all.end() ? none : found->second) {
      if (!stays && (head.ended || head.expired) && head.to < limit) {
        step.store.EraseStanding(key, id, head.number);
        if (rule.rule->WaitsForTime()) step.store.EraseOpenAbsence(key, id, head.number);
        continue;
      }
      any_left = true;
      if (head.ended) continue;
      const auto standing = step.store.ReadStanding(key, id, head.number);
      if (!standing) continue;
      for (const Evidence& item : standing->warning.content.evidence) needed.insert(item.identity);
      for (const RestsOn& other : standing->warning.rests_on) needed.insert(IdentityOf(other.id));
      if (rule.rule->kind == RuleKind::kDivergence) {
        // A declaration that ended what stood before is no evidence of what began after it; without
        // it the older one, kept for the sake of another rule, would seem to stand on.
        const Interval& episode = standing->warning.content.episode;
        NeedMembers(step, rule, key, episode.from - rule.rule->reach, episode.to, needed);
      }
      if (rule.rule->sequence.LooksPastEvidence() && head.from < limit) {
        // Without those in between, events of the evidence could match otherwise than they did.
        NeedMembers(step, rule, key, head.from, limit, needed);
      }
      if (rule.rule->ExpectsFromThePast() && head.from - rule.rule->reach < limit) {
        // What was before it: without that it would look otherwise.
        NeedMembers(step, rule, key, head.from - rule.rule->reach, limit, needed);
      }
    }
    if (rule.rule->kind != RuleKind::kAbsence) continue;
    // The newest event is what a silence is counted from, however old it is.
    if (const auto newest = step.store.ReadAbsenceClock(key, id).newest) {
      NeedMembers(step, rule, key, *newest, *newest, needed);
    }
    if (stays) NeedLastBefore(step, rule, key, limit, needed);
  }
  std::optional<Time> removed;
  const Store::Past past = step.store.EventsBefore(key, limit, needed);
  for (const KeyedEvent& event : past.events) {
    step.store.EraseEvent(key, event);
    ++step.effects.counts["events_removed"];
    removed = TimeOf(event) + Duration(1);
  }
  // The rest in batches: not one by one as each passes the horizon.
  if (any_left || past.others) {
    if (past_matters && removed) {
      step.store.PutRemoved(key,
                            std::max(*removed, step.store.ReadRemoved(key).value_or(*removed)));
    }
    step.store.ArmCleanup(key, retained + CleanUpPause(rules.horizon));
  } else if (past_matters) {
    step.store.EraseRemoved(key);
  }
}

}  // namespace

std::optional<Time> RetainedFrom(const Tick& tick) {
  std::optional<Time> least;
  for (const SourceTime& source : tick.sources) {
    const Time upto = KnownUpTo(tick, source).value_or(source.last_accepted);
    least = std::min(least.value_or(kNever), upto);
  }
  return least;
}

std::optional<Time> RetainedFrom(const Tick& tick, int32_t trips) {
  const std::optional<Time> retained = RetainedFrom(tick);
  if (trips == 0 || !retained) return retained;
  const auto last = static_cast<size_t>(trips - 1);
  if (last >= tick.found.size() || tick.found[last].beat == 0) return std::nullopt;
  return std::min(*retained, tick.found[last].time);
}

void CleanUp(StepContext& step, const Tick& tick, absl::FunctionRef<bool(const RuleId&)> awaits) {
  const std::optional<Time> retained = RetainedFrom(tick);
  if (!retained) return;
  for (const CorrelationKey& due : step.store.DueCleanups(*retained)) {
    const SpecRules* const rules = step.pack.Find(due.spec);
    const auto key = MakeKeyContext(due);
    if (!key.ok()) continue;
    if (rules == nullptr) {
      if (CleanUpAfterRules(step, *key, step.store.HeadsOfAll(*key), *retained)) {
        step.store.ArmCleanup(*key, *retained + kKeptAfterRule);
      }
    } else if (const auto returned = RetainedFrom(tick, rules->trips)) {
      CleanUpKey(step, *rules, *key, *retained, *returned, awaits);
    } else {
      step.store.ArmCleanup(*key, *retained + CleanUpPause(rules->horizon));
    }
  }
}

}  // namespace tocsin
