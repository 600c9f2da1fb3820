#include "lib/correlation/content.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "lib/base/text.h"
#include "lib/correlation/matches.h"
#include "lib/rules/match.h"
#include "lib/sharing/decide.h"

namespace tocsin {
namespace {

constexpr std::string_view kReleasableTo = "releasable_to";

bool WellGraded(const Grading& grading) {
  return (grading.reliability == "A" || grading.reliability == "B") &&
         (grading.credibility == "1" || grading.credibility == "2");
}

bool IsOrigin(const Grading& grading) {
  return grading.reliability != "E" && grading.credibility != "5";
}

void AddDesk(const Pack& pack, const AreaId& area, std::set<MissionId>& missions) {
  if (const auto it = pack.area_desks.find(area); it != pack.area_desks.end()) {
    missions.insert(it->second);
  }
}

void AddOriginators(const KeyedEvent& event, std::set<MissionId>& missions) {
  if (event.warning) {
    missions.insert(event.warning->missions.begin(), event.warning->missions.end());
  } else {
    missions.insert(event.identity.mission);
  }
}

// Whether a watch officer of the mission may see every item: what one report keeps from a mission
// no other one of the same warning tells it.
bool MaySeeAll(const MissionId& mission, const std::vector<Member>& evidence) {
  return !evidence.empty() &&
         std::all_of(evidence.begin(), evidence.end(), [&](const Member& member) {
           return Decide({mission, Role::kWatchOfficer, ""},
                         {ObjectKind::kEvidence, member.event.label, {}}, Time())
                      .access == Access::kFull;
         });
}

bool AddressesByLabel(const Rule& rule) {
  return std::find(rule.address.begin(), rule.address.end(), kReleasableTo) != rule.address.end();
}

// Areas that the evidence lies in.
std::set<AreaId> AreasOf(const std::vector<Member>& evidence) {
  std::set<AreaId> areas;
  for (const Member& member : evidence) {
    const KeyedEvent& event = member.event;
    const std::vector<AreaId>& in = event.warning ? event.warning->evidence_areas : event.areas;
    areas.insert(in.begin(), in.end());
  }
  return areas;
}

std::vector<MissionId> AddresseesOf(const Pack& pack, const Rule& rule, const KeyContext& key,
                                    const Episode& episode) {
  if (rule.shadow) return {};
  const std::vector<Member>& evidence = episode.members;
  std::set<MissionId> missions;
  const std::set<AreaId> areas = AreasOf(evidence);
  for (const std::string& word : rule.address) {
    if (word == "evidence_areas") {
      for (const AreaId& area : areas) AddDesk(pack, area, missions);
    } else if (word == "other_side") {
      const std::string* const corridor = key.Field("corridor");
      const auto it =
          corridor == nullptr ? pack.corridors.end() : pack.corridors.find(CorridorId(*corridor));
      if (it == pack.corridors.end()) continue;
      AddDesk(pack, it->second.a, missions);
      AddDesk(pack, it->second.b, missions);
    } else if (word == "neighbours") {
      for (const AreaId& area : areas) AddDesk(pack, area, missions);
      for (const auto& [id, corridor] : pack.corridors) {
        if (!areas.contains(corridor.a) && !areas.contains(corridor.b)) continue;
        AddDesk(pack, corridor.a, missions);
        AddDesk(pack, corridor.b, missions);
      }
    } else if (word == "originators") {
      for (const Member& member : evidence) AddOriginators(member.event, missions);
    } else if (word == "ahead") {
      for (const AreaId& area : episode.ahead) AddDesk(pack, area, missions);
    } else if (word == kReleasableTo) {
      std::copy_if(pack.live_missions.begin(), pack.live_missions.end(),
                   std::inserter(missions, missions.end()),
                   [&](const MissionId& mission) { return MaySeeAll(mission, evidence); });
    } else if (word == "all") {
      missions.insert(pack.live_missions.begin(), pack.live_missions.end());
    } else {
      missions.insert(MissionId(word));
    }
  }
  std::erase_if(missions, [&](const MissionId& mission) { return !pack.LiveFor(mission, rule); });
  return {missions.begin(), missions.end()};
}

// The first selection that it meets; empty if none.
std::string SelectionOf(const Rule& rule, uint32_t selections) {
  for (size_t i = 0; i < rule.selections.size(); ++i) {
    if ((selections >> i & 1) != 0) return rule.selections[i].name;
  }
  return {};
}

// An item of evidence as the event that it was.
KeyedEvent EventOf(const KeyedWarning::Item& item) {
  const Evidence& evidence = item.evidence;
  KeyedEvent event;
  event.identity = evidence.identity;
  event.revision = evidence.revision;
  event.type = evidence.type;
  event.nature = evidence.nature;
  event.observed = evidence.observed;
  event.point = evidence.point;
  event.uncertainty_m = evidence.uncertainty_m;
  event.areas = evidence.areas;
  event.corridors = evidence.corridors;
  for (const ActorId& actor : evidence.actors) event.actors.push_back({actor, "", ""});
  event.people = evidence.people;
  event.source_kind = evidence.source_kind;
  event.origin = item.origin;
  event.grading = evidence.grading;
  event.label = evidence.label;
  return event;
}

// What the warnings of an episode rest on, each event once with all selections that its warnings
// meet. Warnings that differ in its revision are on their way: the greatest counts.
std::vector<Member> EvidenceBehind(const std::vector<Member>& warnings) {
  std::map<Identity, Member> events;
  for (const Member& warning : warnings) {
    for (const KeyedWarning::Item& item : warning.event.warning->evidence) {
      Member& member = events[item.evidence.identity];
      member.selections |= warning.selections;
      if (member.event.revision >= item.evidence.revision) continue;
      member.event = EventOf(item);
      member.time = member.event.observed.from;
    }
  }
  std::vector<Member> members;
  members.reserve(events.size());
  for (auto& [identity, member] : events) members.push_back(std::move(member));
  return members;
}

// What warnings are about, where the key does not say it.
std::set<AreaId> AboutAreas(const Rule& rule, const std::vector<Member>& members) {
  if (!rule.SelectsWarnings()) return AreasOf(members);
  std::set<AreaId> areas;
  for (const Member& member : members) {
    areas.insert(member.event.areas.begin(), member.event.areas.end());
  }
  return areas;
}

// Of the event's attributes those that the rule reads; `shown`: the selection that the item shows.
Attributes AttributesRead(const Rule& rule, const Selection& shown, const KeyedEvent& event) {
  Attributes read;
  const auto add = [&](const std::string& field) {
    // An attribute may have the name of something else that rules ask for: that is not it.
    if (IsKeyWord(field) || field == "origin") return;
    if (const auto it = event.attributes.find(field); it != event.attributes.end()) {
      read.insert(*it);
    }
  };
  add(rule.field);
  add(rule.divergence.field);
  for (const std::string& field : rule.sequence.equal) add(field);
  for (const std::string& field : rule.sequence.differ) add(field);
  for (const auto& [field, steps] : rule.sequence.differ_between) add(field);
  for (const auto& [field, count] : rule.distinct) add(field);
  for (const auto& [name, value] : shown.where) read.emplace(name, value);
  return read;
}

Evidence EvidenceOf(const Rule& rule, const Member& member) {
  const KeyedEvent& event = member.event;
  Evidence evidence;
  evidence.identity = event.identity;
  evidence.revision = event.revision;
  evidence.type = event.type;
  evidence.nature = event.nature;
  evidence.observed = event.observed;
  evidence.point = event.point;
  evidence.uncertainty_m = event.uncertainty_m;
  evidence.areas = event.areas;
  evidence.corridors = event.corridors;
  std::set<ActorId> actors;
  for (const KeyedActor& actor : event.actors) actors.insert(actor.id);
  evidence.actors.assign(actors.begin(), actors.end());
  evidence.grading = event.grading;
  evidence.source_kind = event.source_kind;
  evidence.label = event.label;
  for (size_t i = 0; i < rule.selections.size(); ++i) {
    if ((member.selections >> i & 1) == 0) continue;
    evidence.selection = rule.selections[i].name;
    evidence.attributes = AttributesRead(rule, rule.selections[i], event);
    break;
  }
  evidence.people = event.people;
  return evidence;
}

std::vector<Measure> MeasuresOf(const Rule& rule, const Episode& episode) {
  const auto threshold = [&] {
    const auto it = rule.severities.find(episode.severity);
    return it == rule.severities.end() ? int64_t{0} : it->second;
  };
  if (!episode.measures.empty()) return episode.measures;
  switch (rule.kind) {
    case RuleKind::kEventCount:
      return {{"incidents", episode.measure, threshold()}};
    case RuleKind::kValueCount:
      return {{StrCat("distinct_", rule.field), episode.measure, threshold()}};
    case RuleKind::kNear:
    case RuleKind::kAbsence:
    case RuleKind::kSequence:
    case RuleKind::kDivergence:
    case RuleKind::kMovement:
    case RuleKind::kSurge:
    case RuleKind::kComposite:
      break;
  }
  return {};
}

template <class Id>
std::vector<Id> About(const std::string* key_value, const std::set<Id>& of_evidence) {
  if (key_value != nullptr) return {Id(*key_value)};
  return {of_evidence.begin(), of_evidence.end()};
}

}  // namespace

Sureness SurenessOf(const std::vector<Member>& evidence) {
  std::set<std::string_view> origins;
  bool graded = false;
  bool own = false;
  bool observed = false;
  for (const Member& member : evidence) {
    const KeyedEvent& event = member.event;
    if (IsOrigin(event.grading)) origins.insert(event.origin);
    if (WellGraded(event.grading)) {
      graded = true;
      own = own || event.source_kind == "patrol" || event.source_kind == "sensor";
    }
    observed = observed || event.nature == Nature::kObserved;
  }
  const bool corroborated = origins.size() >= 2;
  Sureness sureness;
  if (own && corroborated) {
    sureness.certainty = observed ? Certainty::kObserved : Certainty::kLikely;
  } else if (graded || corroborated) {
    sureness.certainty = Certainty::kLikely;
  }
  sureness.unverified = !graded && !corroborated;
  return sureness;
}

WarningContent MakeContent(const Pack& pack, const Rule& rule, const KeyContext& key,
                           const Episode& episode) {
  WarningContent content;
  content.status = key.parts.status;
  content.exercise_id = key.parts.exercise_id;
  content.rule_id = rule.id;
  content.rule_version = rule.version;
  content.key.insert(key.parts.fields.begin(), key.parts.fields.end());
  content.addressees = AddresseesOf(pack, rule, key, episode);
  content.severity = episode.severity;
  content.urgency = rule.urgency;
  const std::vector<Member> behind =
      rule.SelectsWarnings() ? EvidenceBehind(episode.members) : std::vector<Member>();
  const std::vector<Member>& evidence = rule.SelectsWarnings() ? behind : episode.members;
  const Sureness sureness = SurenessOf(evidence);
  content.certainty = sureness.certainty;
  content.unverified = sureness.unverified;
  content.response = rule.response;
  content.areas = rule.kind == RuleKind::kMovement
                      ? episode.ahead
                      : About(key.Field("area"), AboutAreas(rule, episode.members));
  std::set<CorridorId> corridors;
  for (const Member& member : episode.members) {
    corridors.insert(member.event.corridors.begin(), member.event.corridors.end());
  }
  content.corridors = About(key.Field("corridor"), corridors);
  content.episode = {episode.from(), episode.to()};
  content.onset = episode.onset;
  content.expires = episode.open ? kNever : episode.until.value_or(episode.to()) + rule.lifetime;
  for (size_t i = 0; i < evidence.size(); ++i) {
    content.evidence.push_back(EvidenceOf(rule, evidence[i]));
    if (!episode.distances_m.empty()) content.evidence.back().distance_m = episode.distances_m[i];
  }
  std::sort(content.evidence.begin(), content.evidence.end(),
            [](const Evidence& a, const Evidence& b) {
              return std::tie(a.observed.from, a.identity) < std::tie(b.observed.from, b.identity);
            });
  content.measures = MeasuresOf(rule, episode);
  content.absence_state = episode.absence_state;
  content.label.originator = MissionId("tocsin");
  content.label.classification = rule.label.classification;
  content.label.tlp = rule.label.tlp;
  content.label.releasable_to = content.addressees;
  for (const Member& member : episode.members) {
    if (member.event.warning) {
      RaiseTo(content.label, member.event.warning->label);
    } else if (AddressesByLabel(rule)) {
      RaiseTo(content.label, member.event.label);
    }
  }
  return content;
}

std::vector<RestsOn> RestsOnOf(const Rule& rule, const Episode& episode) {
  std::vector<RestsOn> rests_on;
  for (const Member& member : episode.members) {
    if (!member.event.warning) continue;
    rests_on.push_back({WarningId(member.event.identity.id.str()), member.event.warning->number,
                        member.event.warning->rule, SelectionOf(rule, member.selections)});
  }
  std::sort(rests_on.begin(), rests_on.end(), [](const RestsOn& a, const RestsOn& b) {
    return std::tie(a.number, a.id) < std::tie(b.number, b.id);
  });
  return rests_on;
}

bool AlertsAgain(const WarningContent& before, const WarningContent& after) {
  return before.severity != after.severity || before.urgency != after.urgency ||
         before.certainty != after.certainty || before.areas != after.areas ||
         before.response != after.response;
}

}  // namespace tocsin
