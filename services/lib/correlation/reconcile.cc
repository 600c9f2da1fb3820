#include "lib/correlation/reconcile.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "lib/correlation/absence.h"
#include "lib/correlation/affected.h"
#include "lib/correlation/cells.h"
#include "lib/correlation/content.h"
#include "lib/correlation/matches.h"
#include "lib/correlation/timeline.h"

namespace tocsin {
namespace {

// So many units of a search take about as long as reading one event.
constexpr int64_t kUnitsOfEvent = 150;

Time EndOf(const Episode& episode) { return episode.open ? kNever : episode.to(); }

std::vector<Episode> EpisodesOf(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                                const std::vector<Member>& members, const Silence& silence) {
  switch (rule.rule->kind) {
    case RuleKind::kEventCount:
    case RuleKind::kValueCount:
      return CountEpisodes(*rule.rule, members);
    case RuleKind::kNear:
      return NearEpisodes(*rule.rule, members, step.budget);
    case RuleKind::kComposite:
      return CompositeEpisodes(*rule.rule, members, step.budget);
    case RuleKind::kAbsence:
      return AllAbsences(step, rule, key, members, silence);
    case RuleKind::kSequence:
    case RuleKind::kDivergence:
    case RuleKind::kMovement:
    case RuleKind::kSurge:
      break;
  }
  return AllEpisodes(step, rule, key, members, silence);
}

// Where some of the past has been removed, only what stands has kept its own.
void DropWithoutPast(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                     const std::vector<Standing>& standing, std::vector<Episode>& episodes) {
  if (!rule.rule->ExpectsFromThePast()) return;
  const std::optional<Time> removed = step.store.ReadRemoved(key);
  if (!removed) return;
  std::erase_if(episodes, [&](const Episode& episode) {
    return episode.from() < *removed + rule.rule->reach &&
           std::none_of(standing.begin(), standing.end(), [&](const Standing& one) {
             return one.head.from <= episode.to() && episode.from() <= one.head.to;
           });
  });
}

struct Candidate {
  int64_t shared = 0;
  Duration overlap{0};
  size_t standing = 0, episode = 0;
  bool operator<(const Candidate& other) const {
    return std::tie(other.shared, other.overlap, standing, episode) <
           std::tie(shared, overlap, other.standing, other.episode);
  }
};

class Pairer {
 public:
  Pairer(const std::vector<Standing>& standing, const std::vector<Episode>& episodes)
      : standing_(standing), episodes_(episodes) {
    pairing_.standing_of.assign(episodes.size(), kNone);
    pairing_.episode_of.assign(standing.size(), kNone);
    pairing_.merged_into.assign(standing.size(), kNone);
    pairing_.split_from.assign(episodes.size(), kNone);
    std::map<Identity, std::vector<size_t>> with;  // episodes that an event is evidence of
    for (size_t e = 0; e < episodes.size(); ++e) {
      for (const Member& member : episodes[e].members) with[member.event.identity].push_back(e);
    }
    shared_.resize(standing.size());
    for (size_t s = 0; s < standing.size(); ++s) {
      for (const Identity& item : EvidenceOf(standing[s])) {
        const auto it = with.find(item);
        if (it == with.end()) continue;
        for (const size_t e : it->second) ++shared_[s][e];
      }
    }
  }

  Pairing Run() {
    Take([&](size_t s, auto add) {
      for (const auto& [e, shared] : shared_[s]) add(e, shared);
    });
    Take([&](size_t s, auto add) {
      for (size_t e = 0; e < episodes_.size(); ++e) {
        if (OverlapOf(s, e) >= Duration(0)) add(e, 0);
      }
    });
    for (size_t s = 0; s < standing_.size(); ++s) {
      if (pairing_.episode_of[s] != kNone || shared_[s].empty()) continue;
      pairing_.merged_into[s] = pairing_.standing_of[shared_[s].begin()->first];
    }
    for (size_t e = 0; e < episodes_.size(); ++e) {
      if (pairing_.standing_of[e] == kNone) pairing_.split_from[e] = OriginOf(e);
    }
    return std::move(pairing_);
  }

 private:
  // Of an episode that none took: the warning that has most evidence of it, of equal ones the first
  // issued. It took another episode.
  size_t OriginOf(size_t e) const {
    size_t origin = kNone;
    int64_t most = 0;
    for (size_t s = 0; s < standing_.size(); ++s) {
      const auto found = shared_[s].find(e);
      if (found == shared_[s].end() || found->second <= most) continue;
      origin = s;
      most = found->second;
    }
    return origin;
  }

  // Negative: they do not meet.
  Duration OverlapOf(size_t s, size_t e) const {
    const StandingHead& head = standing_[s].head;
    return std::min(head.to, EndOf(episodes_[e])) - std::max(head.from, episodes_[e].from());
  }

  template <class Each>
  void Take(Each each) {
    std::vector<Candidate> candidates;
    for (size_t s = 0; s < standing_.size(); ++s) {
      if (pairing_.episode_of[s] != kNone) continue;
      each(s, [&](size_t e, int64_t shared) {
        if (pairing_.standing_of[e] == kNone) {
          candidates.push_back({shared, OverlapOf(s, e), s, e});
        }
      });
    }
    std::sort(candidates.begin(), candidates.end());
    for (const Candidate& best : candidates) {
      if (pairing_.episode_of[best.standing] != kNone ||
          pairing_.standing_of[best.episode] != kNone) {
        continue;
      }
      pairing_.episode_of[best.standing] = best.episode;
      pairing_.standing_of[best.episode] = best.standing;
    }
  }

  const std::vector<Standing>& standing_;
  const std::vector<Episode>& episodes_;
  std::vector<std::map<size_t, int64_t>> shared_;  // by standing: episode, evidence in common
  Pairing pairing_;
};

}  // namespace

Pairing PairForReconcile(const std::vector<Standing>& standing,
                         const std::vector<Episode>& episodes) {
  return Pairer(standing, episodes).Run();
}

int64_t ReconcileKey(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                     const Silence& silence) {
  // Reading ends with what a step can hold.
  step.budget = Budget();
  step.store.Charge(&step.budget);
  const std::vector<Member> members = step.store.Members(step.pack, rule, key, Time::min(), kNever);
  std::vector<Standing> standing = step.store.NotEnded(key, rule.rule->id);
  std::vector<Episode> episodes;
  int64_t cost = Budget::kMost - step.budget.left();
  if (!step.budget.exhausted()) {
    step.budget = Budget::ForKey(std::ssize(members));
    const int64_t most = step.budget.left();
    episodes = EpisodesOf(step, rule, key, members, silence);
    cost += (most - step.budget.left()) / kUnitsOfEvent;
  }
  step.store.Charge(nullptr);
  if (step.budget.exhausted()) return cost;
  if (IsOfCells(key.key)) {
    TellAgain(step, rule, key, episodes);
    return cost;
  }
  DropWithoutPast(step, rule, key, standing, episodes);
  const Pairing pairing = PairForReconcile(standing, episodes);
  step.reconciles = true;
  const auto expired = [&](const WarningContent& content) {
    return content.expires < step.evaluated_up_to;
  };
  const auto content_of = [&](size_t e) {
    return MakeContent(step.pack.pack, *rule.rule, key, episodes[e]);
  };
  for (size_t s = 0; s < standing.size(); ++s) {
    if (pairing.episode_of[s] == kNone) continue;
    WarningContent content = content_of(pairing.episode_of[s]);
    const int32_t before = standing[s].warning.revision;
    if (!standing[s].head.expired || !expired(content)) {
      WriteUpdate(step, rule, key, standing[s], std::move(content),
                  RestsOnOf(*rule.rule, episodes[pairing.episode_of[s]]));
    }
    if (standing[s].warning.revision == before) {
      WriteMatch(step, rule.rule->id, key, standing[s], Tell::kAgain);
    }
  }
  for (size_t e = 0; e < episodes.size(); ++e) {
    if (pairing.standing_of[e] != kNone) continue;
    WarningContent content = content_of(e);
    if (expired(content)) continue;
    WriteNew(step, rule, key, episodes[e], std::move(content),
             IdAt(standing, pairing.split_from[e]));
  }
  for (size_t s = 0; s < standing.size(); ++s) {
    if (pairing.episode_of[s] != kNone) continue;
    if (standing[s].head.expired) {
      WriteMatch(step, rule.rule->id, key, standing[s], Tell::kGone);
      continue;
    }
    WriteEnd(step, rule.rule->id, key, standing[s], IdAt(standing, pairing.merged_into[s]),
             "rule_changed");
  }
  step.reconciles = false;
  return cost;
}

void EndAll(StepContext& step, const RuleId& rule, const KeyContext& key, const char* reason) {
  step.reconciles = true;
  for (Standing& one : step.store.NotEnded(key, rule)) {
    if (one.head.expired) {
      WriteMatch(step, rule, key, one, Tell::kGone);
    } else {
      WriteEnd(step, rule, key, one, WarningId(), reason);
    }
  }
  step.reconciles = false;
  step.store.PutAbsenceClock(key, rule, {});
}

}  // namespace tocsin
