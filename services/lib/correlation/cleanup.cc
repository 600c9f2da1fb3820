#include "lib/correlation/cleanup.h"

#include <algorithm>
#include <set>

namespace tocsin {
namespace {

// What was before a standing warning: without it the warning would look otherwise.
void Keep(StepContext& step, const CompiledRule& rule, const KeyContext& key, Time from, Time limit,
          std::set<Identity>& needed) {
  if (from - rule.rule->reach >= limit) return;
  step.store.ScanMembers(step.pack, rule, key, from - rule.rule->reach, limit, ~uint32_t{0},
                         [&](Member&& member) {
                           needed.insert(member.event.identity);
                           return true;
                         });
}

void CleanUpKey(StepContext& step, const SpecRules& rules, const KeyContext& key, Time retained) {
  const Time limit = retained - rules.horizon;
  std::set<Identity> needed;
  bool any_left = false;
  const bool past_matters =
      std::any_of(rules.rules.begin(), rules.rules.end(),
                  [](const CompiledRule& rule) { return rule.rule->ExpectsFromThePast(); });
  for (const CompiledRule& rule : rules.rules) {
    const RuleId& id = rule.rule->id;
    for (const StandingHead& head : step.store.Heads(key, id)) {
      if ((head.ended || head.expired) && head.to < limit) {
        step.store.EraseStanding(key, id, head.number);
        continue;
      }
      any_left = true;
      if (head.ended) continue;
      const auto standing = step.store.ReadStanding(key, id, head.number);
      if (!standing) continue;
      for (const Evidence& item : standing->warning.content.evidence) needed.insert(item.identity);
      if (rule.rule->ExpectsFromThePast()) Keep(step, rule, key, head.from, limit, needed);
    }
    if (rule.rule->kind != RuleKind::kAbsence) continue;
    // The newest event is what a silence is counted from, however old it is.
    if (const auto newest = step.store.ReadAbsenceClock(key, id).newest) {
      step.store.ScanMembers(step.pack, rule, key, *newest, *newest + Duration(1), ~uint32_t{0},
                             [&](Member&& member) {
                               needed.insert(member.event.identity);
                               return true;
                             });
    }
  }
  std::optional<Time> removed;
  for (const auto& [time, identity] : step.store.EventsBefore(key, limit)) {
    if (needed.contains(identity)) continue;
    if (const auto event = step.store.Read(key, identity)) {
      step.store.EraseEvent(key, *event);
      ++step.effects.counts["events_removed"];
      removed = time + Duration(1);
    }
  }
  // The rest in batches: not one by one as each passes the horizon.
  if (any_left || step.store.HasEvents(key)) {
    if (past_matters && removed) {
      step.store.PutRemoved(key,
                            std::max(*removed, step.store.ReadRemoved(key).value_or(*removed)));
    }
    constexpr Duration kLeastPause = std::chrono::hours(1);
    step.store.ArmCleanup(key, retained + std::max(kLeastPause, rules.horizon / 8));
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

void CleanUp(StepContext& step, Time retained) {
  for (const CorrelationKey& due : step.store.DueCleanups(retained)) {
    const SpecRules* const rules = step.pack.Find(due.spec);
    const auto key = MakeKeyContext(due);
    if (rules != nullptr && key.ok()) CleanUpKey(step, *rules, *key, retained);
  }
}

}  // namespace tocsin
