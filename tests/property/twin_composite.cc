// Composites, from what their rules' own twins say of the whole history.
#include <algorithm>
#include <map>

#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

using Key = std::pair<std::string, std::map<std::string, std::string>>;

int Rank(const std::string& severity) {
  const Names order = {"", "minor", "moderate", "severe", "extreme"};
  return static_cast<int>(std::find(order.begin(), order.end(), severity) - order.begin());
}

// A warning that some selection takes, and the selections that do.
struct Taken {
  const Stands* stands;
  std::set<std::string> names;
};

// How far the episode of one lies from that of another; less than 0: they overlap.
int64_t Apart(const Stands& a, const Stands& b) {
  if (a.from > b.from) return Apart(b, a);
  return a.found.open ? 0 : b.from - a.to;
}

struct Match {
  std::set<size_t> members;
  int64_t onset = INT64_MIN;
};

// One for each of the selections from `next` on, besides those chosen.
void Choose(const TwinRule& rule, const std::vector<Taken>& all, size_t next, const Match& so_far,
            std::vector<Match>& matches) {
  if (next == rule.selections.size()) {
    matches.push_back(so_far);
    return;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].names.count(rule.selections[next].name) == 0 || so_far.members.count(i) > 0)
      continue;
    bool close = true;
    for (const size_t k : so_far.members) {
      close = close && Apart(*all[i].stands, *all[k].stands) <= rule.minutes * 60'000'000;
    }
    if (!close) continue;
    Match longer = so_far;
    longer.members.insert(i);
    longer.onset = std::max(longer.onset, all[i].stands->found.onset);
    Choose(rule, all, next + 1, longer, matches);
  }
}

Stands Together(const TwinRule& rule, const Key& key, const std::vector<Taken>& members,
                int64_t onset) {
  Stands result;
  result.rule = rule.id;
  result.status = key.first;
  result.key = key.second;
  result.from = INT64_MAX;
  result.to = INT64_MIN;
  result.classification = static_cast<int>(Classification::kUnclassified);
  result.tlp = static_cast<int>(Tlp::kAmber);
  std::map<Identity, Item> evidence;
  for (const Taken& member : members) {
    const Stands& one = *member.stands;
    result.from = std::min(result.from, one.from);
    result.to = std::max(result.to, one.to);
    result.found.open = result.found.open || one.found.open;
    result.classification = std::max(result.classification, one.classification);
    result.tlp = std::max(result.tlp, one.tlp);
    result.areas.insert(one.areas.begin(), one.areas.end());
    result.corridors.insert(one.corridors.begin(), one.corridors.end());
    for (const Item& item : one.found.evidence) {
      Item& known = evidence.try_emplace(item.event->identity, Item{item.event, {}}).first->second;
      known.names.insert(member.names.begin(), member.names.end());
      for (const KeyedActor& actor : item.event->actors) result.actors.insert(actor.id.str());
      result.missions.insert(item.event->identity.mission.str());
    }
    for (const TwinSelection& s : rule.selections) {
      if (member.names.count(s.name) == 0) continue;
      result.rests_on.push_back(absl::StrCat(one.rule, ":", s.name));
      break;
    }
  }
  std::sort(result.rests_on.begin(), result.rests_on.end());
  for (const auto& [identity, item] : evidence) result.found.evidence.push_back(item);
  const auto keyed = [&](const std::string& field, std::set<std::string>& values) {
    if (key.second.count(field) > 0) values = {key.second.at(field)};
  };
  keyed("area", result.areas);
  keyed("corridor", result.corridors);
  keyed("actor", result.actors);
  result.found.onset = onset;
  result.found.severity = "severe";
  result.found.measure = absl::StrCat("warnings=", members.size());
  return result;
}

std::vector<Stands> OneComposite(const TwinRule& rule, const std::vector<Stands>& below) {
  std::map<Key, std::vector<Taken>> keys;
  for (const Stands& one : below) {
    Taken taken{&one, {}};
    for (const TwinSelection& s : rule.selections) {
      if (Has(s.rules, one.rule) && Rank(one.found.severity) >= Rank(s.min_severity)) {
        taken.names.insert(s.name);
      }
    }
    if (taken.names.empty()) continue;
    std::vector<std::map<std::string, std::string>> combinations = {{}};
    for (const std::string& field : rule.group_by) {
      const std::set<std::string>& values = field == "area"       ? one.areas
                                            : field == "corridor" ? one.corridors
                                            : field == "actor"    ? one.actors
                                                                  : one.missions;
      std::vector<std::map<std::string, std::string>> longer;
      for (const std::string& value : values) {
        for (auto combination : combinations) {
          combination[field] = value;
          longer.push_back(combination);
        }
      }
      combinations = longer;
    }
    for (const auto& key : combinations) keys[{one.status, key}].push_back(taken);
  }
  std::vector<Stands> found;
  for (const auto& [key, all] : keys) {
    std::vector<Match> matches;
    Choose(rule, all, 0, {}, matches);
    std::vector<std::set<size_t>> sets;
    for (const Match& match : matches) sets.push_back(match.members);
    std::sort(sets.begin(), sets.end());
    sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
    for (const std::set<size_t>& episode : Joined(sets)) {
      int64_t onset = INT64_MAX;
      for (const Match& match : matches) {
        if (episode.count(*match.members.begin()) > 0) onset = std::min(onset, match.onset);
      }
      std::vector<Taken> members;
      for (const size_t i : episode) members.push_back(all[i]);
      found.push_back(Together(rule, key, members, onset));
    }
  }
  return found;
}

}  // namespace

std::vector<Stands> Composites(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                               const Tick& last) {
  std::vector<Stands> all, composites;
  std::vector<TwinRule> rules = rule.inner;
  rules.push_back(rule);
  for (const TwinRule& one : rules) {
    const bool composite = one.kind == Kind::kComposite;
    const std::vector<Stands> found =
        composite ? OneComposite(one, all) : StandingOf(one, events, last);
    if (composite) composites.insert(composites.end(), found.begin(), found.end());
    all.insert(all.end(), found.begin(), found.end());
  }
  return composites;
}

}  // namespace tocsin::property
