#include "twin.h"

#include <algorithm>
#include <set>

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

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

// The label releases it to its filer, to whom it names, and with a star to all; the strictest only
// by name, and nothing with a caveat that could be about another mission.
bool Releases(const KeyedEvent& e, const std::string& mission) {
  if (mission == e.identity.mission.str()) return true;
  const Label& label = e.label;
  bool star = false, named = false;
  for (const auto& to : label.releasable_to) {
    star = star || to.str() == "*";
    named = named || to.str() == mission;
  }
  for (const std::string& caveat : label.caveats) {
    if (caveat != "NOT-TO-HOST") return false;
  }
  if (label.tlp == Tlp::kUnspecified) return false;
  switch (label.classification) {
    case Classification::kUnspecified:
      return false;
    case Classification::kStrictlyConfidential:
      return named;
    default:
      return named || (star && label.tlp != Tlp::kRed);
  }
}

std::set<std::string> AddressText(const TwinRule& rule,
                                  const std::map<std::string, std::string>& key, const Found& one) {
  const std::vector<Item>& evidence = one.evidence;
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
    if (word == "releasable_to") {
      for (const char* mission : {"north", "south", "east"}) {
        const bool all = std::all_of(evidence.begin(), evidence.end(), [&](const Item& item) {
          return Releases(*item.event, mission);
        });
        if (all) missions.insert(mission);
      }
    }
    if (word == "south") missions.insert("south");
    if (word == "ahead") missions.insert(one.ahead.begin(), one.ahead.end());
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
                 const std::set<std::string>& addressees, const std::string& label,
                 const std::string& measure, const std::string& state) {
  std::sort(evidence.begin(), evidence.end());
  return absl::StrCat(status, " {", absl::StrJoin(key, ",", absl::PairFormatter("=")), "} [", from,
                      ",", to, "] onset ", onset, " expires ", expires, " {",
                      absl::StrJoin(evidence, " "), "} ", severity, " ", sure, " to ",
                      absl::StrJoin(addressees, ","), " label ", label, " ", measure, " ", state);
}

std::string LabelText(int classification, int tlp) {
  return absl::StrCat(classification, "/", tlp);
}

std::string CompositePart(const std::string& rule, const Names& rests_on,
                          const std::set<std::string>& areas) {
  return absl::StrCat(" ", rule, " rests on ", absl::StrJoin(rests_on, " "), " about ",
                      absl::StrJoin(areas, ","));
}

std::string AttributesText(const std::map<std::string, std::string>& attributes) {
  return absl::StrCat("[", absl::StrJoin(attributes, ",", absl::PairFormatter("=")), "]");
}

// What the rule reads of the event's attributes; no rule here has `where`.
std::map<std::string, std::string> ReadOf(const TwinRule& rule, const KeyedEvent& e) {
  Names fields = rule.sequence.equal;
  fields.insert(fields.end(), rule.sequence.differ.begin(), rule.sequence.differ.end());
  fields.push_back(rule.sequence.between_field);
  fields.push_back(rule.distinct_field);
  // Other kinds are made with a field that their condition does not have.
  if (rule.kind == Kind::kValueCount || rule.kind == Kind::kDivergence) {
    fields.push_back(rule.field);
  }
  std::map<std::string, std::string> read;
  for (const auto& [name, value] : e.attributes) {
    if (Has(fields, name)) read[name] = value;
  }
  return read;
}

std::vector<Found> Find(const Whole& whole) {
  switch (whole.rule.kind) {
    case Kind::kEventCount:
    case Kind::kValueCount:
      return Counts(whole);
    case Kind::kNear:
      return Nears(whole);
    case Kind::kAbsence:
    case Kind::kSchedule:
      return Absences(whole);
    case Kind::kTemporal:
    case Kind::kTemporalOrdered:
      return Sequences(whole);
    case Kind::kDivergence:
      return Divergences(whole);
    case Kind::kSurge:
      return Surges(whole);
    case Kind::kMovement:
      return Movements(whole);
    case Kind::kComposite:
      break;  // of warnings, not of events
  }
  return {};
}

}  // namespace

std::vector<Stands> StandingOf(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                               const Tick& last) {
  // S of each key.
  std::map<std::pair<std::string, std::map<std::string, std::string>>, std::vector<Item>> keys;
  for (const KeyedEvent& e : events) {
    if (e.late || ToMicros(e.observed.to) - ToMicros(e.observed.from) > rule.minutes * 60'000'000)
      continue;
    if ((rule.kind == Kind::kNear || rule.kind == Kind::kMovement) &&
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
  std::vector<Stands> standing;
  for (const auto& [key, all] : keys) {
    for (const Found& one : Find({rule, key.second, all, last})) {
      Stands stands{rule.id, key.first, key.second, one, INT64_MAX, INT64_MIN, 0,
                    0,       {},        {},         {},  {},        {}};
      stands.classification = static_cast<int>(Classification::kUnclassified);
      stands.tlp = static_cast<int>(Tlp::kAmber);
      const auto about = [&](const std::string& field, std::set<std::string>& values) {
        if (key.second.count(field) > 0) values = {key.second.at(field)};
        for (const Item& item : one.evidence) {
          const Names of = ValuesOf(*item.event, field);
          if (key.second.count(field) == 0) values.insert(of.begin(), of.end());
        }
      };
      about("area", stands.areas);
      about("corridor", stands.corridors);
      about("actor", stands.actors);
      about("mission", stands.missions);
      for (const Item& item : one.evidence) {
        const KeyedEvent& e = *item.event;
        stands.from = std::min(stands.from, TimeOfEvent(e));
        stands.to = std::max(stands.to, TimeOfEvent(e));
        stands.classification =
            std::max(stands.classification, static_cast<int>(e.label.classification));
        stands.tlp = std::max(stands.tlp, static_cast<int>(e.label.tlp));
      }
      standing.push_back(stands);
    }
  }
  return standing;
}

std::vector<std::string> TwinWarnings(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                                      const Tick& last) {
  const bool composite = rule.kind == Kind::kComposite;
  std::vector<std::string> lines;
  for (const Stands& one :
       composite ? Composites(rule, events, last) : StandingOf(rule, events, last)) {
    TwinRule of = rule;
    for (const TwinRule& inner : rule.inner) of = inner.id == one.rule ? inner : of;
    Names evidence;
    for (size_t i = 0; i < one.found.evidence.size(); ++i) {
      const KeyedEvent& e = *one.found.evidence[i].event;
      std::string selection;
      for (const TwinSelection& s : of.selections) {
        if (selection.empty() && one.found.evidence[i].names.count(s.name) > 0) selection = s.name;
      }
      evidence.push_back(absl::StrCat(
          e.identity.mission.str(), "/", e.identity.id.str(), "#", e.revision, ":", selection, "@",
          one.found.metres.empty() ? -1 : one.found.metres[i], AttributesText(ReadOf(of, e))));
    }
    const int64_t expires =
        one.found.open ? ToMicros(kNever)
                       : one.found.until.value_or(one.to) + of.lifetime_minutes * 60'000'000;
    // That of other warnings is the floor of their rule.
    const bool of_evidence = composite || Has(of.address, "releasable_to");
    const std::string label = of_evidence
                                  ? LabelText(one.classification, one.tlp)
                                  : LabelText(static_cast<int>(Classification::kUnclassified),
                                              static_cast<int>(Tlp::kAmber));
    lines.push_back(Line(one.status, one.key, one.from, one.to, one.found.onset, expires, evidence,
                         one.found.severity, SureText(one.found.evidence),
                         AddressText(of, one.key, one.found), label, one.found.measure,
                         one.found.state));
    if (composite) lines.back() += CompositePart(one.rule, one.rests_on, one.areas);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string LineOf(const Warning& warning, bool composite) {
  const WarningContent& content = warning.content;
  std::string line = LineOf(content);
  if (!composite) return line;
  Names rests_on;
  for (const RestsOn& other : warning.rests_on) {
    rests_on.push_back(absl::StrCat(other.rule.str(), ":", other.selection));
  }
  std::sort(rests_on.begin(), rests_on.end());
  std::set<std::string> areas;
  for (const AreaId& area : content.areas) areas.insert(area.str());
  return line + CompositePart(content.rule_id.str(), rests_on, areas);
}

std::string LineOf(const WarningContent& content) {
  const char* const severities[] = {"", "unknown", "minor", "moderate", "severe", "extreme"};
  const char* const certainties[] = {"", "unknown", "unlikely", "possible", "likely", "observed"};
  Names evidence;
  for (const Evidence& e : content.evidence) {
    evidence.push_back(absl::StrCat(e.identity.mission.str(), "/", e.identity.id.str(), "#",
                                    e.revision, ":", e.selection, "@", e.distance_m,
                                    AttributesText(e.attributes)));
  }
  std::set<std::string> addressees;
  for (const MissionId& mission : content.addressees) addressees.insert(mission.str());
  std::string measures;
  for (const Measure& measure : content.measures)
    absl::StrAppend(&measures, measures.empty() ? "" : ";", measure.name, "=", measure.value);
  return Line(content.status == Status::kActual ? "actual" : "exercise " + content.exercise_id,
              content.key, ToMicros(content.episode.from), ToMicros(content.episode.to),
              ToMicros(content.onset), ToMicros(content.expires), evidence,
              severities[static_cast<int>(content.severity)],
              absl::StrCat(certainties[static_cast<int>(content.certainty)],
                           content.unverified ? " unverified" : ""),
              addressees,
              LabelText(static_cast<int>(content.label.classification),
                        static_cast<int>(content.label.tlp)),
              measures, content.absence_state);
}

}  // namespace tocsin::property
