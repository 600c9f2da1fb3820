#include "twin.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

namespace tocsin::property {
namespace {

using Names = std::vector<std::string>;
// An event of S: the event and the names of the selections it meets.
struct Item {
  const KeyedEvent* event;
  std::set<std::string> names;
};
struct Found {
  std::vector<Item> evidence;
  std::vector<int64_t> metres;
  int64_t measure = 0;
  std::string severity, state;
  int64_t onset = 0;
};

int64_t TimeOfEvent(const KeyedEvent& e) {
  const bool stated = e.nature != Nature::kObserved;
  return ToMicros(stated && e.valid.has_value() ? e.valid->from : e.observed.from);
}

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string NatureName(Nature nature) {
  const char* const names[] = {"", "observed", "expected", "declared", "planned"};
  return names[static_cast<int>(nature)];
}

bool Meets(const TwinSelection& s, const KeyedEvent& e, const std::string& key_actor) {
  static const Names kTaxonomy = {"security.attack", "security.sighting", "displacement.flow",
                                  "phase.declared",  "sensor.thermal",    "feed.heartbeat"};
  if (!Has(kTaxonomy, e.type)) return false;
  bool type = false;
  for (const std::string& wanted : s.types) {
    const bool prefix = wanted.size() > 2 && wanted.substr(wanted.size() - 2) == ".*";
    const std::string stem = wanted.substr(0, wanted.size() - 1);
    type = type || wanted == e.type || (prefix && e.type.compare(0, stem.size(), stem) == 0);
  }
  if (!type || !Has(s.natures, NatureName(e.nature))) return false;
  if (!s.missions.empty() && !Has(s.missions, e.identity.mission.str())) return false;
  if (!s.classes.empty() || !s.roles.empty()) {
    bool one = false;
    for (const KeyedActor& actor : e.actors) {
      if (!key_actor.empty() && actor.id.str() != key_actor) continue;
      one = one || ((s.classes.empty() || Has(s.classes, actor.actor_class)) &&
                    (s.roles.empty() || Has(s.roles, actor.role)));
    }
    if (!one) return false;
  }
  return e.people.killed.value_or(0) >= s.killed;
}

Names ValuesOf(const KeyedEvent& e, const std::string& field) {
  Names values;
  if (field == "area") {
    for (const auto& area : e.areas) values.push_back(area.str());
  } else if (field == "corridor") {
    for (const auto& corridor : e.corridors) values.push_back(corridor.str());
  } else if (field == "mission") {
    values.push_back(e.identity.mission.str());
  } else if (field == "origin") {
    values.push_back(e.origin);
  } else if (field == "actor") {
    for (const auto& actor : e.actors) values.push_back(actor.id.str());
  } else if (e.attributes.count(field) > 0) {
    values.push_back(e.attributes.at(field));
  }
  return values;
}

// Union of sets of indices that share an element, transitively.
std::vector<std::set<size_t>> Joined(std::vector<std::set<size_t>> sets) {
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < sets.size() && !again; ++i) {
      for (size_t j = i + 1; j < sets.size() && !again; ++j) {
        for (const size_t x : sets[i]) again = again || sets[j].count(x) > 0;
        if (!again) continue;
        sets[i].insert(sets[j].begin(), sets[j].end());
        sets.erase(sets.begin() + static_cast<ptrdiff_t>(j));
      }
    }
  }
  return sets;
}

std::string IncidentOf(const Item& item, const std::vector<Item>& all) {
  std::vector<Identity> chain = {item.event->identity};
  while (true) {
    const KeyedEvent* at = nullptr;
    for (const Item& other : all) {
      if (other.event->identity == chain.back()) at = other.event;
    }
    if (!at->same_incident_as) break;
    bool there = false;
    for (const Item& other : all) there = there || other.event->identity == *at->same_incident_as;
    if (!there) break;
    const auto ring = std::find(chain.begin(), chain.end(), *at->same_incident_as);
    if (ring != chain.end()) {
      const Identity least = *std::min_element(ring, chain.end());
      return least.mission.str() + "/" + least.id.str();
    }
    chain.push_back(*at->same_incident_as);
  }
  return chain.back().mission.str() + "/" + chain.back().id.str();
}

std::vector<Found> Counts(const TwinRule& rule, const std::vector<Item>& all) {
  const int64_t window = rule.minutes * 60'000'000;
  std::vector<std::set<size_t>> windows;
  std::vector<int64_t> counts, times;
  for (const Item& last : all) {
    const int64_t end = TimeOfEvent(*last.event);
    std::set<size_t> members;
    std::set<std::string> distinct;
    for (size_t i = 0; i < all.size(); ++i) {
      const int64_t t = TimeOfEvent(*all[i].event);
      if (t <= end - window || t > end) continue;
      members.insert(i);
      if (rule.kind == Kind::kEventCount) {
        distinct.insert(IncidentOf(all[i], all));
      } else {
        for (const std::string& value : ValuesOf(*all[i].event, rule.field)) distinct.insert(value);
      }
    }
    if (static_cast<int64_t>(distinct.size()) < rule.severities[0].second) continue;
    windows.push_back(members);
    counts.push_back(static_cast<int64_t>(distinct.size()));
    times.push_back(end);
  }
  std::vector<Found> found;
  for (const std::set<size_t>& episode : Joined(windows)) {
    Found one;
    one.onset = INT64_MAX;
    for (size_t w = 0; w < windows.size(); ++w) {
      if (episode.count(*windows[w].begin()) == 0) continue;
      one.measure = std::max(one.measure, counts[w]);
      one.onset = std::min(one.onset, times[w]);
    }
    for (const auto& [severity, count] : rule.severities) {
      if (one.measure >= count) one.severity = severity;
    }
    for (const size_t i : episode) one.evidence.push_back(all[i]);
    found.push_back(one);
  }
  return found;
}

int64_t Metres(const Point& a, const Point& b) {
  const double rad = std::acos(-1.0) / 180;
  const double p = a.latitude * rad, q = b.latitude * rad;
  const double u = std::sin((q - p) / 2), v = std::sin((b.longitude - a.longitude) * rad / 2);
  const double h = u * u + std::cos(p) * std::cos(q) * v * v;
  return std::llround(2 * 6371008.8 * std::asin(std::sqrt(std::min(1.0, h))));
}

std::vector<Found> Nears(const TwinRule& rule, const std::vector<Item>& all) {
  const int64_t within = rule.minutes * 60'000'000;
  const auto close = [&](size_t i, size_t j) {
    return i != j &&
           std::llabs(TimeOfEvent(*all[i].event) - TimeOfEvent(*all[j].event)) <= within &&
           Metres(*all[i].event->point, *all[j].event->point) <= rule.radius_km * 1000;
  };
  std::vector<std::set<size_t>> matches;
  std::vector<size_t> chosen;
  const std::function<void()> extend = [&] {
    if (chosen.size() == rule.selections.size()) {
      matches.emplace_back(chosen.begin(), chosen.end());
      return;
    }
    const std::string& role = rule.selections[chosen.size()].name;
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].names.count(role) == 0) continue;
      if (!std::all_of(chosen.begin(), chosen.end(), [&](size_t c) { return close(c, i); }))
        continue;
      chosen.push_back(i);
      extend();
      chosen.pop_back();
    }
  };
  extend();
  std::vector<Found> found;
  for (const std::set<size_t>& episode : Joined(matches)) {
    Found one;
    one.severity = "severe";
    one.onset = INT64_MAX;
    for (const size_t i : episode) {
      int64_t nearest = INT64_MAX;
      for (const std::set<size_t>& match : matches) {
        if (match.count(i) == 0) continue;
        int64_t complete = 0;
        for (const size_t j : match) {
          complete = std::max(complete, TimeOfEvent(*all[j].event));
          if (j != i)
            nearest = std::min(nearest, Metres(*all[i].event->point, *all[j].event->point));
        }
        one.onset = std::min(one.onset, complete);
      }
      one.evidence.push_back(all[i]);
      one.metres.push_back(nearest);
    }
    found.push_back(one);
  }
  return found;
}

std::vector<Found> Absences(const TwinRule& rule, const std::vector<Item>& all, const Tick& last) {
  const int64_t every = rule.minutes * 60'000'000;
  std::map<int64_t, Item> by_time;
  for (const Item& item : all) {
    const auto [it, fresh] = by_time.emplace(TimeOfEvent(*item.event), item);
    if (!fresh && item.event->identity < it->second.event->identity) it->second = item;
  }
  // Both streams carry the selected types unless it is only the heartbeat's.
  const bool sensors_only = rule.selections[0].types == Names{"feed.heartbeat"};
  bool unknown = false;
  bool any = false;
  for (const SourceTime& source : last.sources) {
    const bool sensors = source.source.topic.find("sensors") != std::string::npos;
    if (sensors_only && !sensors) continue;
    const Names& missions = rule.selections[0].missions;
    if (!missions.empty() && source.source.topic.find(missions[0]) == std::string::npos) continue;
    any = true;
    unknown = unknown || source.status == SourceStatus::kUnknown;
  }
  const int64_t known = ToMicros(last.clock - last.margin);
  std::vector<Found> found;
  for (auto it = by_time.begin(); it != by_time.end(); ++it) {
    const auto next = std::next(it);
    Found one;
    one.severity = "minor";
    one.onset = it->first + every;
    one.evidence = {it->second};
    if (next != by_time.end()) {
      if (next->first - it->first <= every) continue;
      one.evidence.push_back(next->second);
      one.measure = (next->first - it->first) / 1'000'000;
      one.state = "resolved";
    } else {
      if (!any || known <= it->first + every) continue;
      one.measure = every / 1'000'000;
      one.state = unknown ? "unknown" : "silent";
    }
    found.push_back(one);
  }
  return found;
}

std::string SureText(const std::vector<Item>& evidence) {
  std::set<std::string> origins;
  int good = 0, own = 0, observed = 0;
  for (const Item& item : evidence) {
    const KeyedEvent& e = *item.event;
    const std::string& r = e.grading.reliability;
    const std::string& c = e.grading.credibility;
    if (r != "E" && c != "5") origins.insert(e.origin);
    const bool well = (r == "A" || r == "B") && (c == "1" || c == "2");
    good += well;
    own += well && (e.source_kind == "patrol" || e.source_kind == "sensor");
    observed += e.nature == Nature::kObserved;
  }
  std::string text = "possible";
  if (origins.size() > 1 || good > 0) text = "likely";
  if (origins.size() > 1 && own > 0 && observed > 0) text = "observed";
  if (origins.size() < 2 && good == 0) text += " unverified";
  return text;
}

std::set<std::string> AddressText(const TwinRule& rule,
                                  const std::map<std::string, std::string>& key,
                                  const std::vector<Item>& evidence) {
  std::set<std::string> areas, missions;
  for (const Item& item : evidence) {
    for (const auto& area : item.event->areas) areas.insert(area.str());
  }
  for (const std::string& word : rule.address) {
    if (word == "evidence_areas") missions.insert(areas.begin(), areas.end());
    if (word == "originators") {
      for (const Item& item : evidence) missions.insert(item.event->identity.mission.str());
    }
    if (word == "all") missions.insert({"north", "south", "east"});
    if (word == "south") missions.insert("south");
    if (word == "other_side" && key.at("corridor") == "north-south")
      missions.insert({"north", "south"});
    if (word == "other_side" && key.at("corridor") == "south-east")
      missions.insert({"south", "east"});
    if (word == "neighbours") {
      missions.insert(areas.begin(), areas.end());
      if (areas.count("north") > 0) missions.insert("south");
      if (areas.count("east") > 0) missions.insert("south");
      if (areas.count("south") > 0) missions.insert({"north", "east"});
    }
  }
  return missions;  // the areas of the test pack have the names of their desks, and all are live
}

std::string Line(const std::string& status, const std::map<std::string, std::string>& key,
                 int64_t from, int64_t to, int64_t onset, int64_t expires, Names evidence,
                 const std::string& severity, const std::string& sure,
                 const std::set<std::string>& addressees, const std::string& measure,
                 const std::string& state) {
  std::sort(evidence.begin(), evidence.end());
  return absl::StrCat(status, " {", absl::StrJoin(key, ",", absl::PairFormatter("=")), "} [", from,
                      ",", to, "] onset ", onset, " expires ", expires, " {",
                      absl::StrJoin(evidence, " "), "} ", severity, " ", sure, " to ",
                      absl::StrJoin(addressees, ","), " ", measure, " ", state);
}

}  // namespace

std::vector<std::string> TwinWarnings(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                                      const Tick& last) {
  // S of each key.
  std::map<std::pair<std::string, std::map<std::string, std::string>>, std::vector<Item>> keys;
  for (const KeyedEvent& e : events) {
    if (e.late || ToMicros(e.observed.to) - ToMicros(e.observed.from) > rule.minutes * 60'000'000)
      continue;
    if (rule.kind == Kind::kNear &&
        (!e.point || e.uncertainty_m > static_cast<double>(rule.radius_km) * 1000)) {
      continue;
    }
    std::vector<std::map<std::string, std::string>> combinations = {{}};
    for (const std::string& field : rule.group_by) {
      std::vector<std::map<std::string, std::string>> longer;
      for (const std::string& value : ValuesOf(e, field)) {
        for (auto combination : combinations) {
          combination[field] = value;
          longer.push_back(combination);
        }
      }
      combinations = longer;
    }
    for (const auto& key : combinations) {
      Item item{&e, {}};
      for (const TwinSelection& s : rule.selections) {
        if (Meets(s, e, key.count("actor") > 0 ? key.at("actor") : "")) item.names.insert(s.name);
      }
      if (item.names.empty()) continue;
      keys[{e.status == Status::kActual ? "actual" : "exercise " + e.exercise_id, key}].push_back(
          item);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [key, all] : keys) {
    const std::vector<Found> found = rule.kind == Kind::kNear      ? Nears(rule, all)
                                     : rule.kind == Kind::kAbsence ? Absences(rule, all, last)
                                                                   : Counts(rule, all);
    for (const Found& one : found) {
      int64_t from = INT64_MAX, to = INT64_MIN;
      Names evidence;
      for (size_t i = 0; i < one.evidence.size(); ++i) {
        const KeyedEvent& e = *one.evidence[i].event;
        from = std::min(from, TimeOfEvent(e));
        to = std::max(to, TimeOfEvent(e));
        std::string selection;
        for (const TwinSelection& s : rule.selections) {
          if (selection.empty() && one.evidence[i].names.count(s.name) > 0) selection = s.name;
        }
        evidence.push_back(absl::StrCat(e.identity.mission.str(), "/", e.identity.id.str(), "#",
                                        e.revision, ":", selection, "@",
                                        one.metres.empty() ? -1 : one.metres[i]));
      }
      const bool open = one.state == "silent" || one.state == "unknown";
      const std::string measure = rule.kind == Kind::kNear ? ""
                                  : rule.kind == Kind::kAbsence
                                      ? absl::StrCat("gap_s=", one.measure)
                                  : rule.kind == Kind::kEventCount
                                      ? absl::StrCat("incidents=", one.measure)
                                      : absl::StrCat("distinct_", rule.field, "=", one.measure);
      lines.push_back(Line(key.first, key.second, from, to, one.onset,
                           open ? ToMicros(kNever) : to + rule.lifetime_minutes * 60'000'000,
                           evidence, one.severity, SureText(one.evidence),
                           AddressText(rule, key.second, one.evidence), measure, one.state));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string LineOf(const WarningContent& content) {
  const char* const severities[] = {"", "unknown", "minor", "moderate", "severe", "extreme"};
  const char* const certainties[] = {"", "unknown", "unlikely", "possible", "likely", "observed"};
  Names evidence;
  for (const Evidence& e : content.evidence) {
    evidence.push_back(absl::StrCat(e.identity.mission.str(), "/", e.identity.id.str(), "#",
                                    e.revision, ":", e.selection, "@", e.distance_m));
  }
  std::set<std::string> addressees;
  for (const MissionId& mission : content.addressees) addressees.insert(mission.str());
  std::string measures;
  for (const Measure& measure : content.measures)
    absl::StrAppend(&measures, measure.name, "=", measure.value);
  return Line(content.status == Status::kActual ? "actual" : "exercise " + content.exercise_id,
              content.key, ToMicros(content.episode.from), ToMicros(content.episode.to),
              ToMicros(content.onset), ToMicros(content.expires), evidence,
              severities[static_cast<int>(content.severity)],
              absl::StrCat(certainties[static_cast<int>(content.certainty)],
                           content.unverified ? " unverified" : ""),
              addressees, measures, content.absence_state);
}

}  // namespace tocsin::property
