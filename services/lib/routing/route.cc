#include "lib/routing/route.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <absl/functional/function_ref.h>

#include "lib/base/status_macros.h"
#include "lib/rules/keys.h"
#include "lib/rules/match.h"

namespace tocsin {
namespace {

using Keys = std::vector<CorrelationKey>;  // sorted

struct Judged {
  KeyedEvent keyed;  // of a withdrawal empty
  HeldIdentity held;
};

Judged Judge(const RouteContext& context, const Event& event, Counts& counts) {
  Judged judged;
  HeldIdentity& held = judged.held;
  held.revision = event.revision;
  held.withdrawn = event.revision_kind == RevisionKind::kWithdraw;
  held.expires = event.accepted;
  held.backfill = context.backfill.number();
  const Resolver& resolver = *context.active.resolver;
  KeyedEvent& keyed = judged.keyed;
  if (held.withdrawn) {
    ++counts["withdrawn"];
    held.expires += resolver.WantedOf(keyed).retention;
    return judged;
  }
  if (event.revision_kind != RevisionKind::kFile) ++counts["corrected"];
  keyed = resolver.Resolve(event, counts);
  Resolver::Wanted wanted = resolver.WantedOf(keyed);
  if (keyed.late) {
    ++counts["late"];
  } else if (wanted.keys.empty()) {
    ++counts["unkeyed"];
  }
  held.keys = std::move(wanted.keys);
  // What is foretold is matched when it is due, which may be long after it was accepted.
  const Time due = keyed.valid ? std::max(keyed.valid->to, keyed.observed.to) : keyed.observed.to;
  held.expires = std::max(held.expires, due) + wanted.retention;
  return judged;
}

Keys Without(const Keys& keys, const Keys& others) {
  Keys rest;
  std::set_difference(keys.begin(), keys.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

Keys Union(const Keys& keys, const Keys& others) {
  Keys both;
  std::set_union(keys.begin(), keys.end(), others.begin(), others.end(), std::back_inserter(both));
  return both;
}

// A revision before this one is known to be in a match of a rule over cells: this one goes there as
// well, so that no warning ends only because its cells have not looked at it yet.
// `wanted`: of these rules.
Keys KeysKept(const Pack& pack, const std::optional<HeldIdentity>& earlier, const KeyedEvent& keyed,
              absl::FunctionRef<bool(const Rule&)> wanted) {
  Keys kept;
  if (!earlier || earlier->keys.empty()) return kept;
  for (const Rule& rule : pack.rules) {
    if (!rule.cell_level || !wanted(rule)) continue;
    const std::string spec = rule.KeySpec();
    if (std::none_of(earlier->keys.begin(), earlier->keys.end(),
                     [&](const CorrelationKey& key) { return key.spec == spec; })) {
      continue;
    }
    kept = Union(kept, KeysOfMatched(rule, keyed));
  }
  return kept;
}

bool OfAny(const Rule& /*rule*/) { return true; }

Keys KeysOfBackfilling(const RouteContext& context, const KeyedEvent& keyed) {
  const Pack& pack = context.active.pack;
  if (pack.FindType(keyed.type) == nullptr) return {};
  std::set<CorrelationKey> keys;
  for (const Rule& rule : pack.rules) {
    if (!context.backfill.rules().contains(rule.id)) continue;
    for (CorrelationKey& key : KeysOf(rule, keyed)) keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

// Only rules that backfill look at such events: whatever is taken back they are given again.
bool IsForBackfillingAlone(const RouteContext& context, const std::string& type) {
  const auto looks = [&](const Rule& rule) {
    return std::any_of(rule.selections.begin(), rule.selections.end(),
                       [&](const Selection& selection) { return SelectsType(selection, type); });
  };
  const std::vector<Rule>& rules = context.active.pack.rules;
  return std::none_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return !context.backfill.rules().contains(rule.id) && looks(rule);
  });
}

// A report that is filed and that no rule wants leaves nothing to take back. If it is corrected,
// its correction is treated as one of a report that has been forgotten.
void Remember(const RouteContext& context, const Event& event,
              const std::optional<HeldIdentity>& earlier, HeldIdentity held, State& state) {
  if (!earlier && event.revision_kind == RevisionKind::kFile && held.keys.empty()) return;
  context.identities.Save(event.identity, earlier, std::move(held), state);
}

bool IsUsed(const Pack& pack, const std::string& spec) {
  return std::any_of(pack.rules.begin(), pack.rules.end(), [&](const Rule& rule) {
    return rule.KeySpec() == spec || rule.CellSpec() == spec;
  });
}

}  // namespace

absl::Status Route(const RouteContext& context, const Event& event,
                   const std::optional<HeldIdentity>& earlier, State& state,
                   RouterEffects& effects) {
  // What was written for it before is no longer known: it is taken back wherever it may lie.
  if (earlier ? earlier->unsure : event.revision_kind != RevisionKind::kFile) {
    context.writer.WithdrawEverywhere(event.identity, event.revision, effects);
    ++effects.counts["withdrawn_everywhere"];
  }
  Judged judged = Judge(context, event, effects.counts);
  if (!judged.held.withdrawn) {
    judged.held.keys =
        Union(judged.held.keys, KeysKept(context.active.pack, earlier, judged.keyed, OfAny));
  }
  if (earlier) {
    context.writer.Withdraw(event.identity, event.revision,
                            Without(earlier->keys, judged.held.keys), effects);
  }
  context.writer.Insert(judged.keyed, judged.held.keys, effects);
  Remember(context, event, earlier, std::move(judged.held), state);
  return absl::OkStatus();
}

absl::Status RouteAgain(const RouteContext& context, const Event& event, State& state,
                        RouterEffects& effects) {
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<HeldIdentity> earlier,
                          Identities::Find(state, event.identity));
  const bool same = earlier && earlier->revision == event.revision;
  // Of equal revisions the first counts, as it did when they were read first.
  if (earlier && (event.revision < earlier->revision ||
                  (same && (earlier->withdrawn || event.revision_kind == RevisionKind::kWithdraw ||
                            earlier->backfill == context.backfill.number())))) {
    ++effects.counts["passed_over"];
    return absl::OkStatus();
  }
  // What the event is like was counted when it was read first.
  Counts counted;
  Judged judged = Judge(context, event, counted);
  HeldIdentity& held = judged.held;
  Keys copies;
  if (!held.withdrawn) {
    const Pack& pack = context.active.pack;
    held.keys = Union(held.keys, KeysKept(pack, earlier, judged.keyed, OfAny));
    copies = KeysOfBackfilling(context, judged.keyed);
    copies = Union(copies, KeysKept(pack, earlier, judged.keyed, [&](const Rule& rule) {
                     return !same || context.backfill.rules().contains(rule.id);
                   }));
  }

  // The rules before may have put it where it now does not belong.
  held.unsure = !earlier || earlier->unsure;
  if (held.unsure && !held.withdrawn && context.backfill.moves_events() &&
      IsForBackfillingAlone(context, event.type)) {
    context.writer.WithdrawEverywhere(event.identity, event.revision, effects);
    ++effects.counts["withdrawn_everywhere"];
  }
  if (earlier) {
    Keys gone = Without(earlier->keys, held.keys);
    if (same) {
      // Under a kind of key that no rule has any more copies are removed without being asked. They
      // are remembered all the same: should a rule have that kind again before all are gone, a
      // correction finds them.
      const auto unused = std::stable_partition(
          gone.begin(), gone.end(),
          [&](const CorrelationKey& key) { return IsUsed(context.active.pack, key.spec); });
      held.keys.insert(held.keys.end(), unused, gone.end());
      std::sort(held.keys.begin(), held.keys.end());
      gone.erase(unused, gone.end());
    } else {
      // Wherever the earlier revision may lie, for a rule that does not want this one.
      Keys both;
      std::set_intersection(earlier->keys.begin(), earlier->keys.end(), held.keys.begin(),
                            held.keys.end(), std::back_inserter(both));
      copies.insert(copies.end(), both.begin(), both.end());
      std::sort(copies.begin(), copies.end());
      copies.erase(std::unique(copies.begin(), copies.end()), copies.end());
    }
    context.writer.Withdraw(event.identity, event.revision, gone, effects);
  }
  context.writer.Backfill(judged.keyed, copies, effects);
  Remember(context, event, earlier, std::move(held), state);
  return absl::OkStatus();
}

namespace {

// An event that is in a match of a rule over cells: to where the rule's warnings stand. Whatever
// was told of an earlier revision says nothing of the one that is held: its own cell looks at that.
absl::Status RouteTold(const RouteContext& context, const Match& match, State& state,
                       RouterEffects& effects) {
  const KeyedEvent& event = match.event;
  const Pack& pack = context.active.pack;
  const Rule* const rule = pack.FindRule(match.told_by);
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<HeldIdentity> earlier,
                          Identities::Find(state, event.identity));
  const Keys told = rule == nullptr || pack.FindType(event.type) == nullptr
                        ? Keys()
                        : KeysOfMatched(*rule, event);
  if (told.empty() || (earlier && (earlier->withdrawn || event.revision < earlier->revision))) {
    ++effects.counts["stale"];
    return absl::OkStatus();
  }
  HeldIdentity held;
  if (earlier) held = *earlier;
  if (!earlier || event.revision > earlier->revision) {
    // It was forgotten, and at most an older revision of it has been read again since.
    held.revision = event.revision;
    held.expires = std::max(event.accepted, event.observed.to) +
                   context.active.resolver->WantedOf(event).retention;
    held.backfill = 0;
    held.unsure = true;
  }
  // Told because rules changed, it may say more than what was told on its way across the change.
  const Keys missing = match.found_by_backfill ? told : Without(told, held.keys);
  if (missing.empty()) {
    ++effects.counts["duplicates"];
    return absl::OkStatus();
  }
  held.keys = Union(held.keys, told);
  context.writer.Insert(event, missing, effects, match.found_by_backfill);
  context.identities.Save(event.identity, earlier, std::move(held), state);
  return absl::OkStatus();
}

}  // namespace

absl::Status RouteMatch(const RouteContext& context, const Match& match, State& state,
                        RouterEffects& effects) {
  if (!match.told_by.empty()) return RouteTold(context, match, state, effects);
  const KeyedEvent& event = match.event;
  TOCSIN_ASSIGN_OR_RETURN(const std::optional<HeldIdentity> earlier,
                          Identities::Find(state, event.identity));
  if (earlier && event.revision < earlier->revision) {
    ++effects.counts["stale"];
    return absl::OkStatus();
  }
  Resolver::Wanted wanted = context.active.resolver->WantedOf(event);
  HeldIdentity held;
  held.revision = event.revision;
  held.withdrawn = match.withdrawn;
  held.expires = std::max(event.accepted, event.observed.to) + wanted.retention;
  if (!match.withdrawn) held.keys = std::move(wanted.keys);
  if (earlier && event.revision == earlier->revision && held.keys == earlier->keys) {
    ++effects.counts["duplicates"];
    return absl::OkStatus();
  }
  if (earlier) {
    context.writer.Withdraw(event.identity, event.revision, Without(earlier->keys, held.keys),
                            effects);
  }
  context.writer.Insert(event, held.keys, effects);
  if (!earlier && event.revision > 1) {
    // Earlier revisions, that is, wherever this one did not replace them: what rests on those that
    // it did must not end and come back.
    context.writer.WithdrawEverywhere(event.identity, event.revision - 1, effects);
    ++effects.counts["withdrawn_everywhere"];
  }
  context.identities.Save(event.identity, earlier, std::move(held), state);
  return absl::OkStatus();
}

}  // namespace tocsin
