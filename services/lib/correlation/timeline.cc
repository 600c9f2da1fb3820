#include "lib/correlation/timeline.h"

#include <algorithm>
#include <set>

namespace tocsin {
namespace {

struct Span {
  Time from, to;  // both included
  bool Touches(Time first, Time last) const { return first <= to && from <= last; }
};

// The run around a time: grows for as long as an event lies within reach of either end.
Span RunAround(StepContext& step, const CompiledRule& rule, const KeyContext& key, Time time) {
  const Duration reach = rule.rule->reach;
  Span run{time, time};
  for (bool more = true; more;) {
    more = false;
    step.store.ScanMembers(step.pack, rule, key, run.from - reach, run.from, ~uint32_t{0},
                           [&](Member&& member) {
                             run.from = member.time;
                             more = true;
                             return false;
                           });
  }
  for (bool more = true; more;) {
    more = false;
    const Time after = run.to + Duration(1);
    step.store.ScanMembers(step.pack, rule, key, after, after + reach, ~uint32_t{0},
                           [&](Member&& member) {
                             run.to = member.time;
                             more = true;
                             return true;
                           });
  }
  return run;
}

Found Find(const Run& run) {
  switch (run.rule.kind) {
    case RuleKind::kSequence:
      return FindSequences(run);
    case RuleKind::kDivergence:
      return FindDivergences(run);
    case RuleKind::kMovement:
      return FindMovements(run);
    case RuleKind::kSurge:
      return FindSurges(run);
    case RuleKind::kEventCount:
    case RuleKind::kValueCount:
    case RuleKind::kNear:
    case RuleKind::kAbsence:
    case RuleKind::kComposite:
      break;
  }
  return {};
}

// Works out what lies within reach of some times; the rest of their runs is as it was. It may even
// lack events of old that nothing needs any more.
void WorkOut(StepContext& step, const CompiledRule& rule, const KeyContext& key,
             const Change& change, const std::set<Time>& times, const Silence& silence) {
  const Duration reach = rule.rule->reach;
  std::vector<Span> runs, near;
  for (const Time time : times) {
    near.push_back({time - reach, time + reach});
    const Span run = RunAround(step, rule, key, time);
    if (!runs.empty() && run.from <= runs.back().to) {
      runs.back().to = std::max(runs.back().to, run.to);
    } else {
      runs.push_back(run);
    }
  }
  // A run of a movement is one track: what comes early in it may join what is told of its end.
  const bool whole = rule.rule->kind == RuleKind::kMovement;
  const auto touches = [](const std::vector<Span>& spans, Time from, Time to) {
    return std::any_of(spans.begin(), spans.end(),
                       [&](const Span& span) { return span.Touches(from, to); });
  };
  const auto concerned = [&](Time from, Time to) { return touches(whole ? runs : near, from, to); };
  Affected affected;
  std::vector<Span> stand;
  for (const StandingHead& head : step.store.Heads(key, rule.rule->id)) {
    if (!head.ended) stand.push_back({head.from, head.to});
    if (head.ended || !concerned(head.from, head.to)) continue;
    auto standing = step.store.ReadStanding(key, rule.rule->id, head.number);
    if (!standing) continue;
    const Interval& episode = standing->warning.content.episode;
    if (concerned(episode.from, episode.to)) affected.standing.push_back(*std::move(standing));
  }
  // Where some of the past has been removed, only what stands has kept its own.
  const std::optional<Time> removed =
      rule.rule->ExpectsFromThePast() ? step.store.ReadRemoved(key) : std::nullopt;
  const auto known = [&](const Episode& episode) {
    return !removed || episode.from() >= *removed + rule.rule->reach ||
           touches(stand, episode.from(), episode.to());
  };
  for (const Span& span : runs) {
    const std::vector<Member> members =
        step.store.Members(step.pack, rule, key, span.from, span.to + Duration(1));
    Found found = Find(Run{step.pack, *rule.rule, key, members, silence, step.budget});
    for (Episode& episode : found.episodes) {
      if (!concerned(episode.from(), episode.to()) || !known(episode)) continue;
      // Far from the change only what stands is of interest.
      if (whole && !touches(near, episode.from(), episode.to()) &&
          !touches(stand, episode.from(), episode.to())) {
        continue;
      }
      affected.episodes.push_back(std::move(episode));
    }
    for (const Wake& wake : found.wakes) step.store.ArmWake(key, rule.rule->id, wake);
  }
  WritePairedByEvidence(step, rule, key, change, affected);
}

}  // namespace

void ApplyToTimeline(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                     const Change& change, const Silence& silence) {
  std::set<Time> times;
  if (change.before) times.insert(*change.before);
  if (change.after) times.insert(*change.after);
  if (rule.rule->CountsIncidents()) times.merge(step.store.ReferrerTimes(key, change.identity));
  WorkOut(step, rule, key, change, times, silence);
}

std::vector<Episode> AllEpisodes(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                                 const std::vector<Member>& members, const Silence& silence) {
  std::vector<Episode> episodes;
  std::vector<Member> run;
  const auto work_out = [&] {
    Found found = Find(Run{step.pack, *rule.rule, key, run, silence, step.budget});
    for (Episode& episode : found.episodes) episodes.push_back(std::move(episode));
    for (const Wake& wake : found.wakes) step.store.ArmWake(key, rule.rule->id, wake);
    run.clear();
  };
  for (const Member& member : members) {
    if (!run.empty() && member.time - run.back().time > rule.rule->reach) work_out();
    run.push_back(member);
  }
  if (!run.empty()) work_out();
  return episodes;
}

void PassTimelines(StepContext& step, const CompiledRule& rule, const Silence& silence) {
  if (!silence.decided) return;
  const RuleId& id = rule.rule->id;
  std::map<CorrelationKey, std::set<Time>> due;
  for (const Store::DueWake& wake : step.store.DueWakes(id, *silence.decided)) {
    due[wake.key].insert(wake.anchor);
  }
  for (const Store::OpenAbsence& open : step.store.OpenAbsences(id)) {
    if (open.state == silence.state()) continue;
    const auto key = MakeKeyContext(open.key);
    if (!key.ok()) continue;
    const auto standing = step.store.ReadStanding(*key, id, open.number);
    if (standing) due[open.key].insert(standing->warning.content.episode.to);
  }
  for (const auto& [text, times] : due) {
    if (const auto key = MakeKeyContext(text); key.ok()) {
      WorkOut(step, rule, *key, Change(), times, silence);
    }
  }
}

}  // namespace tocsin
