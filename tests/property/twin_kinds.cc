#include "twin_kinds.h"

#include <algorithm>
#include <cmath>

namespace tocsin::property {

int64_t TimeOfEvent(const KeyedEvent& e) {
  const bool stated = e.nature != Nature::kObserved;
  return ToMicros(stated && e.valid.has_value() ? e.valid->from : e.observed.from);
}

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
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

int64_t Metres(const Point& a, const Point& b) {
  const double rad = std::acos(-1.0) / 180;
  const double p = a.latitude * rad, q = b.latitude * rad;
  const double u = std::sin((q - p) / 2), v = std::sin((b.longitude - a.longitude) * rad / 2);
  const double h = u * u + std::cos(p) * std::cos(q) * v * v;
  return std::llround(2 * 6371008.8 * std::asin(std::sqrt(std::min(1.0, h))));
}

Known KnownAt(const TwinRule& rule, const Tick& last) {
  Known known;
  known.upto = ToMicros(last.clock - last.margin);
  for (const SourceTime& source : last.sources) {
    const bool sensors = source.source.topic.find("sensors") != std::string::npos;
    bool carries = false;
    for (const TwinSelection& selection : rule.selections) {
      // Of the types of the test pack only these two families come with sensors, and only the
      // heartbeat and the thermal ones with nothing else.
      bool here = false;
      for (const std::string& type : selection.types) {
        const bool sensors_only = type.substr(0, 5) == "feed." || type.substr(0, 7) == "sensor.";
        const bool both = type == "security.*" || type == "security.sighting";
        here = here || both || sensors_only == sensors;
      }
      if (!selection.missions.empty() &&
          source.source.topic.find(selection.missions[0]) == std::string::npos) {
        here = false;
      }
      carries = carries || here;
    }
    if (!carries) continue;
    known.any = true;
    known.unknown = known.unknown || source.status == SourceStatus::kUnknown;
  }
  return known;
}

}  // namespace tocsin::property
