// Warnings of other rules that come together. A match is one warning for each selection of all_of,
// all different, whose episodes are pairwise no further apart than `within`: intervals, each longer
// by that at its end, that pairwise touch. On a line these have a point in common, which is the
// beginning of one of them. So it is enough to look at every beginning.
#include <algorithm>
#include <numeric>

#include "lib/correlation/episodes.h"

namespace tocsin {
namespace {

struct Span {
  Time from;
  Time until;  // as far as a partner may begin
};

size_t Root(std::vector<size_t>& parents, size_t i) {
  while (parents[i] != i) i = parents[i] = parents[parents[i]];
  return i;
}

// How many warnings there are for each set of roles: all that a choice of one for each depends on.
using ByRoles = std::map<uint32_t, int>;

bool CanFill(ByRoles& there, uint32_t missing) {
  if (missing == 0) return true;
  const uint32_t role = missing & (~missing + 1);
  for (auto& [roles, count] : there) {
    if ((roles & role) == 0 || count == 0) continue;
    --count;
    const bool filled = CanFill(there, missing & ~role);
    ++count;
    if (filled) return true;
  }
  return false;
}

class Matcher {
 public:
  Matcher(const Rule& rule, const std::vector<Member>& members) {
    std::vector<uint32_t> bits;
    for (const std::string& name : rule.all_of) {
      for (size_t i = 0; i < rule.selections.size(); ++i) {
        if (rule.selections[i].name == name) bits.push_back(uint32_t{1} << i);
      }
    }
    all_ = (uint32_t{1} << bits.size()) - 1;
    for (const Member& member : members) {
      uint32_t roles = 0;
      for (size_t i = 0; i < bits.size(); ++i) {
        if ((member.selections & bits[i]) != 0) roles |= uint32_t{1} << i;
      }
      roles_.push_back(roles);
      const KeyedEvent& event = member.event;
      spans_.push_back(
          {event.observed.from, event.warning->open ? kNever : event.observed.to + rule.window});
    }
  }

  // Those that lie together at the beginning of member i.
  std::vector<size_t> At(size_t i) const {
    std::vector<size_t> there;
    for (size_t k = 0; k < spans_.size(); ++k) {
      if (spans_[k].from <= spans_[i].from && spans_[i].from <= spans_[k].until) there.push_back(k);
    }
    return there;
  }

  ByRoles Count(const std::vector<size_t>& there) const {
    ByRoles count;
    for (const size_t k : there) ++count[roles_[k]];
    return count;
  }

  bool Match(ByRoles& there) const { return CanFill(there, all_); }

  // Some match of those that are there has member k.
  bool MatchWith(ByRoles& there, size_t k) const {
    bool found = false;
    --there[roles_[k]];
    for (uint32_t left = roles_[k]; left != 0 && !found; left &= left - 1) {
      found = CanFill(there, all_ & ~(left & (~left + 1)));
    }
    ++there[roles_[k]];
    return found;
  }

  uint32_t roles(size_t k) const { return roles_[k]; }

 private:
  uint32_t all_ = 0;
  std::vector<uint32_t> roles_;
  std::vector<Span> spans_;
};

// The least time by which the onsets of a match were all past.
Time OnsetOf(const Matcher& matcher, const std::vector<Member>& members,
             std::vector<size_t> there) {
  std::stable_sort(there.begin(), there.end(), [&](size_t a, size_t b) {
    return members[a].event.warning->onset < members[b].event.warning->onset;
  });
  ByRoles count;
  for (const size_t k : there) {
    ++count[matcher.roles(k)];
    if (matcher.Match(count)) return members[k].event.warning->onset;
  }
  return kNever;
}

Episode EpisodeOf(const Rule& rule, std::vector<Member> members, Time onset) {
  Episode episode;
  Interval bounds = members.front().event.observed;
  int64_t left_out = 0;
  for (const Member& member : members) {
    bounds.from = std::min(bounds.from, member.event.observed.from);
    bounds.to = std::max(bounds.to, member.event.observed.to);
    episode.open = episode.open || member.event.warning->open;
    left_out += member.event.warning->left_out;
  }
  episode.bounds = bounds;
  episode.onset = onset;
  episode.severity = rule.severity;
  episode.measures = {{"warnings", std::ssize(members), std::ssize(rule.all_of)}};
  if (left_out > 0) episode.measures.push_back({"evidence_left_out", left_out, 0});
  episode.members = std::move(members);
  return episode;
}

}  // namespace

std::vector<Episode> CompositeEpisodes(const Rule& rule, const std::vector<Member>& members,
                                       Budget& budget) {
  const Matcher matcher(rule, members);
  const size_t n = members.size();
  std::vector<size_t> parents(n);
  std::iota(parents.begin(), parents.end(), 0);
  std::vector<bool> matched(n, false);
  std::vector<Time> onsets(n, kNever);
  for (size_t i = 0; i < n; ++i) {
    if (!budget.Spend(static_cast<int64_t>(n))) return {};
    const std::vector<size_t> there = matcher.At(i);
    ByRoles count = matcher.Count(there);
    if (!matcher.Match(count)) continue;
    // Matches of one point are connected: of two without a warning in common, exchanging one gives
    // a third that has some of both.
    std::optional<size_t> first;
    for (const size_t k : there) {
      if (!matcher.MatchWith(count, k)) continue;
      matched[k] = true;
      const size_t a = Root(parents, first.value_or(k));
      const size_t b = Root(parents, k);
      parents[std::max(a, b)] = std::min(a, b);
      if (!first) first = k;
    }
    onsets[*first] = std::min(onsets[*first], OnsetOf(matcher, members, there));
  }
  struct Part {
    std::vector<Member> members;
    Time onset = kNever;
  };
  std::map<size_t, Part> parts;
  for (size_t i = 0; i < n; ++i) {
    if (!matched[i]) continue;
    Part& part = parts[Root(parents, i)];
    part.members.push_back(members[i]);
    part.onset = std::min(part.onset, onsets[i]);
  }
  std::vector<Episode> episodes;
  episodes.reserve(parts.size());
  for (auto& [root, part] : parts) {
    episodes.push_back(EpisodeOf(rule, std::move(part.members), part.onset));
  }
  std::stable_sort(episodes.begin(), episodes.end(), [](const Episode& a, const Episode& b) {
    return std::tie(a.bounds->from, a.bounds->to) < std::tie(b.bounds->from, b.bounds->to);
  });
  return episodes;
}

}  // namespace tocsin
