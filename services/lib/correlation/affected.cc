#include "lib/correlation/affected.h"

#include <algorithm>
#include <set>

#include "lib/domain/geodesy.h"

namespace tocsin {
namespace {

struct Range {
  Time from, to;  // from included, to excluded
  bool operator<(const Range& other) const { return from < other.from; }
};

// Ranges that overlap become one; ascending.
void MergeRanges(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (!merged.empty() && range.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, range.to);
    } else {
      merged.push_back(range);
    }
  }
  ranges = std::move(merged);
}

bool HasMember(const Episode& episode, const Identity& identity) {
  return std::any_of(episode.members.begin(), episode.members.end(),
                     [&](const Member& m) { return m.event.identity == identity; });
}

// Some event of the episode, evidence or beside it, is one of these.
bool HasAny(const Episode& episode, absl::FunctionRef<bool(const Identity&)> wanted) {
  const auto is = [&](const Member& member) { return wanted(member.event.identity); };
  return std::any_of(episode.members.begin(), episode.members.end(), is) ||
         std::any_of(episode.beside.begin(), episode.beside.end(), is);
}

void ReadInto(StepContext& step, const CompiledRule& rule, const KeyContext& key, int64_t number,
              std::map<int64_t, Standing>& standing) {
  if (standing.contains(number)) return;
  if (std::optional<Standing> read = step.store.ReadStanding(key, rule.rule->id, number)) {
    standing.emplace(number, *std::move(read));
  }
}

std::vector<Standing> Values(std::map<int64_t, Standing>& standing) {
  std::vector<Standing> values;
  values.reserve(standing.size());
  for (auto& [number, one] : standing) values.push_back(std::move(one));
  return values;
}

// Whether an event that is new to S is in any match: it must be close to one that plays another
// role.
bool HasPartner(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                const Change& change) {
  const std::optional<KeyedEvent> event = step.store.Read(key, change.identity);
  if (!event) return false;
  const uint32_t own = rule.SelectionsMet(step.pack.pack, *event, key.actor_of_key());
  const bool one_role = (own & (own - 1)) == 0;
  const Duration window = rule.rule->window;
  bool found = false;
  step.store.ScanMembers(
      step.pack, rule, key, *change.after - window, *change.after + window + Duration(1),
      one_role ? ~own : ~uint32_t{0}, [&](Member&& other) {
        found = other.event.identity != change.identity &&
                DistanceMetres(*event->point, *other.event.point) <= rule.rule->radius_m;
        return !found;
      });
  return found;
}

// The episodes that have one of the seeds, whole: the range grows until nothing close lies outside.
std::vector<Episode> NearEpisodesOf(StepContext& step, const CompiledRule& rule,
                                    const KeyContext& key, Range range,
                                    const std::set<Identity>& seeds) {
  const Duration window = rule.rule->window;
  while (true) {
    std::vector<Episode> episodes = NearEpisodes(
        *rule.rule, step.store.Members(step.pack, rule, key, range.from, range.to), step.budget);
    if (step.budget.exhausted()) return {};
    std::erase_if(episodes, [&](const Episode& episode) {
      return std::none_of(
          episode.members.begin(), episode.members.end(),
          [&](const Member& member) { return seeds.contains(member.event.identity); });
    });
    Range wider = range;
    for (const Episode& episode : episodes) {
      wider.from = std::min(wider.from, episode.from() - window);
      wider.to = std::max(wider.to, episode.to() + window + Duration(1));
    }
    if (wider.from == range.from && wider.to == range.to) return episodes;
    range = wider;
  }
}

}  // namespace

std::set<Identity> EvidenceOf(const Standing& standing) {
  std::set<Identity> evidence;
  for (const RestsOn& other : standing.warning.rests_on) evidence.insert(IdentityOf(other.id));
  if (!evidence.empty()) return evidence;  // a composite's are warnings
  for (const Evidence& item : standing.warning.content.evidence) evidence.insert(item.identity);
  return evidence;
}

void WritePairedByEvidence(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                           const Change& change, Affected& affected) {
  if (step.budget.exhausted()) return;
  std::vector<std::set<Identity>> evidence;
  evidence.reserve(affected.standing.size());
  for (const Standing& standing : affected.standing) evidence.push_back(EvidenceOf(standing));
  const auto overlaps = [&](size_t s, size_t e) {
    return HasAny(affected.episodes[e], [&](const Identity& identity) {
      return identity != change.identity && evidence[s].contains(identity);
    });
  };
  const auto shares_changed = [&](size_t s, size_t e) {
    return evidence[s].contains(change.identity) &&
           HasAny(affected.episodes[e],
                  [&](const Identity& identity) { return identity == change.identity; });
  };
  const Pairing pairing =
      PairUp(affected.standing.size(), affected.episodes.size(), overlaps, shares_changed);
  // What ends though the changed event was no evidence of it never held, as that shows.
  WriteDifferences(step, rule, key, affected, pairing, [&](size_t s) {
    return change.after.has_value() && !evidence[s].contains(change.identity);
  });
}

void ApplyToCount(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                  const Change& change) {
  // Windows that hold one of these times may count otherwise than before. Windows side by side lie
  // within the same ranges.
  std::set<Time> times;
  if (change.before) times.insert(*change.before);
  if (change.after) times.insert(*change.after);
  if (rule.rule->kind == RuleKind::kEventCount) {
    times.merge(step.store.ReferrerTimes(key, change.identity));
  }
  const Duration window = rule.rule->window;
  std::vector<Range> ranges;
  ranges.reserve(times.size());
  for (const Time time : times) ranges.push_back({time - window + Duration(1), time + window});
  MergeRanges(ranges);

  // Every other window that completes lies within a standing warning: with those that touch the
  // ranges taken in whole, every window that matters is whole.
  std::map<int64_t, Standing> standing;
  std::vector<Range> extended = ranges;
  for (const StandingHead& head : step.store.Heads(key, rule.rule->id)) {
    if (head.ended || std::none_of(ranges.begin(), ranges.end(), [&](const Range& range) {
          return head.from < range.to && range.from <= head.to;
        })) {
      continue;
    }
    ReadInto(step, rule, key, head.number, standing);
    extended.push_back({head.from, head.to + Duration(1)});
  }
  MergeRanges(extended);

  Affected affected;
  affected.standing = Values(standing);
  for (const Range& range : extended) {
    for (Episode& episode : CountEpisodes(
             *rule.rule, step.store.Members(step.pack, rule, key, range.from, range.to))) {
      affected.episodes.push_back(std::move(episode));
    }
  }
  WritePairedByEvidence(step, rule, key, change, affected);
}

void ApplyToNear(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 const Change& change) {
  const std::vector<StandingHead> heads = step.store.Heads(key, rule.rule->id);
  std::map<int64_t, Standing> standing;
  for (const StandingHead& head : heads) {
    if (head.ended || !change.before || *change.before < head.from || *change.before > head.to) {
      continue;
    }
    ReadInto(step, rule, key, head.number, standing);
    const auto it = standing.find(head.number);
    if (it != standing.end() && !EvidenceOf(it->second).contains(change.identity)) {
      standing.erase(it);
    }
  }

  // Only a match that has the changed event, before or now, can join or leave an episode.
  const Duration window = rule.rule->window;
  std::map<std::pair<Time, Identity>, Episode> episodes;  // by first member: found twice is one
  const auto find = [&](const Range& range, const std::set<Identity>& seeds) {
    for (Episode& episode : NearEpisodesOf(step, rule, key, range, seeds)) {
      const auto first = std::make_pair(episode.from(), episode.members[0].event.identity);
      episodes.emplace(first, std::move(episode));
    }
  };
  for (const auto& [number, one] : standing) {
    find({one.head.from - window, one.head.to + window + Duration(1)}, EvidenceOf(one));
  }
  if (change.after && HasPartner(step, rule, key, change)) {
    find({*change.after - window, *change.after + window + Duration(1)}, {change.identity});
  }

  Affected affected;
  for (auto& [first, episode] : episodes) affected.episodes.push_back(std::move(episode));
  for (const StandingHead& head : heads) {
    if (head.ended || standing.contains(head.number)) continue;
    for (const Episode& episode : affected.episodes) {
      if (head.from > episode.to() || head.to < episode.from()) continue;
      ReadInto(step, rule, key, head.number, standing);
      const auto it = standing.find(head.number);
      if (it == standing.end()) break;
      const std::set<Identity> evidence = EvidenceOf(it->second);
      if (std::any_of(episode.members.begin(), episode.members.end(), [&](const Member& member) {
            return evidence.contains(member.event.identity);
          })) {
        break;
      }
      standing.erase(it);
    }
  }
  affected.standing = Values(standing);
  WritePairedByEvidence(step, rule, key, change, affected);
}

void ApplyToComposite(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                      const Change& change) {
  // Warnings are few, and one may last over any number of others: all of them are looked at. But
  // only what has the changed one, before or now, is touched: the rest is as it was, and may lack
  // warnings of old that nothing needs any more.
  std::vector<Episode> episodes = CompositeEpisodes(
      *rule.rule, step.store.Members(step.pack, rule, key, Time::min(), kNever), step.budget);
  if (step.budget.exhausted()) return;
  std::vector<Standing> standing = step.store.NotEnded(key, rule.rule->id);
  std::set<Identity> concerned = {change.identity};
  Affected affected;
  const auto of_changed =
      std::find_if(episodes.begin(), episodes.end(),
                   [&](const Episode& episode) { return HasMember(episode, change.identity); });
  if (of_changed != episodes.end()) {
    for (const Member& member : of_changed->members) concerned.insert(member.event.identity);
  }
  for (Standing& one : standing) {
    const std::set<Identity> evidence = EvidenceOf(one);
    if (std::none_of(evidence.begin(), evidence.end(),
                     [&](const Identity& identity) { return concerned.contains(identity); })) {
      continue;
    }
    affected.standing.push_back(std::move(one));
  }
  for (const Standing& one : affected.standing) concerned.merge(EvidenceOf(one));
  for (Episode& episode : episodes) {
    if (std::none_of(episode.members.begin(), episode.members.end(), [&](const Member& member) {
          return concerned.contains(member.event.identity);
        })) {
      continue;
    }
    affected.episodes.push_back(std::move(episode));
  }
  WritePairedByEvidence(step, rule, key, change, affected);
}

}  // namespace tocsin
