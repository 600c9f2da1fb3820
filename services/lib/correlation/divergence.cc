#include "lib/correlation/divergence.h"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin {
namespace {

std::vector<std::string> SidesOf(const Pack& pack, const Rule& rule, const KeyContext& key,
                                 const KeyedEvent& event) {
  if (rule.divergence.sides == "mission") return {event.identity.mission.str()};
  const std::string* const corridor = key.Field("corridor");
  std::vector<std::string> sides;
  for (const AreaId& area : event.areas) {
    if (corridor != nullptr) {
      const auto it = pack.corridors.find(CorridorId(*corridor));
      if (it == pack.corridors.end()) continue;
      if (area != it->second.a && area != it->second.b) continue;
    }
    sides.push_back(area.str());
  }
  return sides;
}

// The time line of all sides: what begins to stand and what ceases to, in order.
class Sweep {
 public:
  explicit Sweep(const Run& run) : run_(run) {}

  Found Go() {
    std::map<Time, std::pair<std::vector<size_t>, std::vector<size_t>>> edges;
    for (const Stands& one : StandsOf(run_.pack.pack, run_.rule, run_.key, run_.members)) {
      edges[one.from].first.push_back(one.member);
      edges[one.until].second.push_back(one.member);
    }
    for (const auto& [time, edge] : edges) {
      const auto& [begin, cease] = edge;
      for (const size_t member : begin) ++standing_[member];
      for (const size_t member : cease) {
        if (--standing_[member] == 0) standing_.erase(member);
      }
      At(time, !begin.empty());
    }
    return std::move(found_);
  }

 private:
  // `declared`: a declaration has this time.
  void At(Time time, bool declared) {
    std::set<std::string_view> values;
    for (const auto& [member, sides] : standing_) {
      values.insert(*DeclaredBy(run_.rule, run_.members[member]));
    }
    if (values.size() < 2) {
      if (!evidence_.empty()) End(time, declared);
      return;
    }
    if (evidence_.empty()) {
      since_ = time;
      most_ = 0;
    }
    most_ = std::max(most_, static_cast<int64_t>(values.size()));
    for (const auto& [member, sides] : standing_) evidence_.insert(member);
  }

  void End(Time end, bool declared) {
    const std::set<size_t> evidence = std::move(evidence_);
    evidence_.clear();
    const Duration longer_than = run_.rule.divergence.longer_than;
    if (end - since_ <= longer_than) return;
    const Time deadline = since_ + longer_than;
    if (!run_.silence.HasPassed(deadline)) {
      found_.wakes.push_back({deadline, since_});
      return;
    }
    Episode episode;
    for (const size_t member : evidence) episode.members.push_back(run_.members[member]);
    episode.onset = deadline;
    episode.open = !declared && !run_.silence.HasPassed(end);
    if (episode.open) {
      found_.wakes.push_back({end, episode.to()});
    } else {
      episode.until = end;
    }
    episode.severity = SeverityOf(run_.rule, most_);
    const auto seconds = [](Duration duration) {
      return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    };
    episode.measures = {{"values", most_, run_.rule.severities.at(episode.severity)},
                        {"disagreement_s", seconds(episode.open ? longer_than : end - since_),
                         seconds(longer_than)}};
    found_.episodes.push_back(std::move(episode));
  }

  const Run& run_;
  std::map<size_t, int> standing_;  // member to the number of sides it stands for
  std::set<size_t> evidence_;       // of the disagreement that goes on; empty: none does
  Time since_ = kUnknownTime;
  int64_t most_ = 0;
  Found found_;
};

}  // namespace

const std::string* DeclaredBy(const Rule& rule, const Member& member) {
  const auto it = member.event.attributes.find(rule.divergence.field);
  return it == member.event.attributes.end() ? nullptr : &it->second;
}

std::vector<Stands> StandsOf(const Pack& pack, const Rule& rule, const KeyContext& key,
                             const std::vector<Member>& members) {
  std::map<std::string, std::vector<Stands>> by_side;
  for (size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i];
    if (DeclaredBy(rule, member) == nullptr) continue;
    for (const std::string& side : SidesOf(pack, rule, key, member.event)) {
      std::vector<Stands>& stands = by_side[side];
      // Members come by time and identity.
      if (!stands.empty()) stands.back().until = std::min(stands.back().until, member.time);
      stands.push_back({side, member.time, member.time + rule.window, i});
    }
  }
  std::vector<Stands> all;
  for (const auto& [side, stands] : by_side) all.insert(all.end(), stands.begin(), stands.end());
  return all;
}

Found FindDivergences(const Run& run) { return Sweep(run).Go(); }

}  // namespace tocsin
