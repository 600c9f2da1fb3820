#include <algorithm>
#include <numeric>
#include <utility>

#include "lib/correlation/episodes.h"
#include "lib/domain/geodesy.h"

namespace tocsin {
namespace {

class Matcher {
 public:
  Matcher(const Rule& rule, const std::vector<Member>& members, Budget& budget)
      : rule_(rule), members_(members), budget_(budget) {
    for (const std::string& name : rule.all_of) {
      for (size_t i = 0; i < rule.selections.size(); ++i) {
        if (rule.selections[i].name == name) roles_.push_back(uint32_t{1} << i);
      }
    }
  }

  // Metres between two members that are close enough in time and space; absent otherwise.
  std::optional<int64_t> Close(size_t i, size_t j) const {
    const Time a = members_[i].time;
    const Time b = members_[j].time;
    if ((a < b ? b - a : a - b) > rule_.window) return std::nullopt;
    const int64_t metres = DistanceMetres(*members_[i].event.point, *members_[j].event.point);
    if (metres > rule_.radius_m) return std::nullopt;
    return metres;
  }

  // Some match has both members, and none later than `latest`. They are known to be close.
  bool InOneMatch(size_t i, size_t j, Time latest) const {
    std::vector<size_t> chosen = {i, j};
    for (size_t a = 0; a < roles_.size(); ++a) {
      for (size_t b = 0; b < roles_.size(); ++b) {
        if (a == b || !Plays(i, a) || !Plays(j, b)) continue;
        if (Fill((uint32_t{1} << a) | (uint32_t{1} << b), chosen, latest)) return true;
      }
    }
    return false;
  }

 private:
  bool Plays(size_t member, size_t role) const {
    return (members_[member].selections & roles_[role]) != 0;
  }

  // The roles not yet filled can be, by members close to all chosen ones.
  bool Fill(uint32_t filled, std::vector<size_t>& chosen, Time latest) const {
    size_t role = 0;
    while (role < roles_.size() && (filled >> role & 1) != 0) ++role;
    if (role == roles_.size()) return true;
    // Only members within the window of the first chosen one can be close to it.
    const Time around = members_[chosen[0]].time;
    auto it = std::lower_bound(members_.begin(), members_.end(), around - rule_.window,
                               [](const Member& m, Time t) { return m.time < t; });
    for (; it != members_.end() && it->time <= std::min(latest, around + rule_.window); ++it) {
      if (!budget_.Spend(1)) return false;
      const auto k = static_cast<size_t>(it - members_.begin());
      if (!Plays(k, role) || std::find(chosen.begin(), chosen.end(), k) != chosen.end()) continue;
      if (!std::all_of(chosen.begin(), chosen.end(),
                       [&](size_t c) { return Close(c, k).has_value(); })) {
        continue;
      }
      chosen.push_back(k);
      const bool found = Fill(filled | uint32_t{1} << role, chosen, latest);
      chosen.pop_back();
      if (found) return true;
    }
    return false;
  }

  const Rule& rule_;
  const std::vector<Member>& members_;
  Budget& budget_;
  std::vector<uint32_t> roles_;  // bit of the selection of each role
};

size_t Root(std::vector<size_t>& parents, size_t i) {
  while (parents[i] != i) i = parents[i] = parents[parents[i]];
  return i;
}

}  // namespace

std::vector<Episode> NearEpisodes(const Rule& rule, const std::vector<Member>& members,
                                  Budget& budget) {
  const Matcher matcher(rule, members, budget);
  const size_t n = members.size();
  std::vector<size_t> parents(n);
  std::iota(parents.begin(), parents.end(), 0);
  std::vector<int64_t> nearest(n, -1);
  std::vector<Duration> soonest(n, Duration::max());  // between the member and one it matches with
  std::vector<Time> complete(n, kNever);  // earliest completion of a match of the member
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i + 1; j < n && members[j].time - members[i].time <= rule.window; ++j) {
      if (!budget.Spend(1)) return {};
      const std::optional<int64_t> metres = matcher.Close(i, j);
      if (!metres) continue;
      // With j the latest of a match, the match is complete at its time.
      const bool completes = matcher.InOneMatch(i, j, members[j].time);
      if (!completes && !matcher.InOneMatch(i, j, kNever)) continue;
      if (completes) complete[i] = std::min(complete[i], members[j].time);
      for (const size_t k : {i, j}) {
        if (nearest[k] < 0 || *metres < nearest[k]) nearest[k] = *metres;
        soonest[k] = std::min(soonest[k], members[j].time - members[i].time);
      }
      // The least index stays the root, so that episodes come in the order of their first members.
      const size_t a = Root(parents, i);
      const size_t b = Root(parents, j);
      parents[std::max(a, b)] = std::min(a, b);
    }
  }

  const auto seconds = [](Duration time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
  };
  std::map<size_t, Episode> by_root;
  for (size_t i = 0; i < n; ++i) {
    if (nearest[i] < 0) continue;
    Episode& episode = by_root[Root(parents, i)];
    episode.onset = episode.members.empty() ? complete[i] : std::min(episode.onset, complete[i]);
    episode.members.push_back(members[i]);
    episode.distances_m.push_back(nearest[i]);
    episode.severity = rule.severity;
    if (episode.measures.empty()) {
      episode.measures = {{"nearest_m", nearest[i], rule.radius_m},
                          {"apart_s", seconds(soonest[i]), seconds(rule.window)}};
    }
    episode.measures[0].value = std::min(episode.measures[0].value, nearest[i]);
    episode.measures[1].value = std::min(episode.measures[1].value, seconds(soonest[i]));
  }
  std::vector<Episode> episodes;
  episodes.reserve(by_root.size());
  for (auto& [root, episode] : by_root) episodes.push_back(std::move(episode));
  return episodes;
}

std::vector<size_t> NearPartners(const Rule& rule, const std::vector<Member>& members, size_t of,
                                 Budget& budget) {
  const Matcher matcher(rule, members, budget);
  std::vector<size_t> partners;
  for (size_t i = 0; i < members.size(); ++i) {
    if (!budget.Spend(1)) return {};
    if (i == of || !matcher.Close(i, of) || !matcher.InOneMatch(i, of, kNever)) continue;
    partners.push_back(i);
  }
  if (partners.empty()) return partners;
  partners.insert(std::lower_bound(partners.begin(), partners.end(), of), of);
  return partners;
}

}  // namespace tocsin
