#include "lib/correlation/matches.h"

#include <algorithm>
#include <set>

#include "lib/base/text.h"

namespace tocsin {
namespace {

// What the evidence alone does not say, by what the rule selects.
struct Behind {
  std::map<Identity, std::string> origins;
  std::set<MissionId> missions;
  std::set<AreaId> areas;
  int64_t left_out = 0;
};

Behind BehindEvents(StepContext& step, const KeyContext& key, const WarningContent& content,
                    size_t first) {
  Behind behind;
  for (size_t i = 0; i < content.evidence.size(); ++i) {
    const Evidence& item = content.evidence[i];
    behind.missions.insert(item.identity.mission);
    behind.areas.insert(item.areas.begin(), item.areas.end());
    if (i < first) continue;
    if (const auto event = step.store.Read(key, item.identity)) {
      behind.origins[item.identity] = event->origin;
    }
  }
  return behind;
}

Behind BehindWarnings(StepContext& step, const KeyContext& key, const Warning& warning) {
  Behind behind;
  for (const RestsOn& other : warning.rests_on) {
    const auto event = step.store.Read(key, IdentityOf(other.id));
    if (!event || !event->warning) continue;
    const KeyedWarning& one = *event->warning;
    behind.missions.insert(one.missions.begin(), one.missions.end());
    behind.areas.insert(one.evidence_areas.begin(), one.evidence_areas.end());
    behind.left_out += one.left_out;
    for (const KeyedWarning::Item& item : one.evidence) {
      behind.origins[item.evidence.identity] = item.origin;
    }
  }
  return behind;
}

std::vector<KeyedActor> ActorsOf(const Pack& pack, const KeyContext& key,
                                 const WarningContent& content) {
  std::set<ActorId> ids;
  if (key.actor) {
    ids.insert(*key.actor);
  } else {
    for (const Evidence& item : content.evidence) {
      ids.insert(item.actors.begin(), item.actors.end());
    }
  }
  std::vector<KeyedActor> actors;
  actors.reserve(ids.size());
  for (const ActorId& id : ids) {
    const auto it = pack.actors.find(id);
    actors.push_back({id, it == pack.actors.end() ? "" : it->second.actor_class, ""});
  }
  return actors;
}

KeyedEvent EventOf(StepContext& step, const KeyContext& key, const Warning& warning) {
  const WarningContent& content = warning.content;
  const size_t count = content.evidence.size();
  const size_t first = count - std::min(count, kMostCarriedEvidence);
  const Behind behind = warning.rests_on.empty() ? BehindEvents(step, key, content, first)
                                                 : BehindWarnings(step, key, warning);
  KeyedEvent event;
  event.status = content.status;
  event.exercise_id = content.exercise_id;
  event.nature = Nature::kObserved;
  event.areas = content.areas;
  event.corridors = content.corridors;
  event.actors = ActorsOf(step.pack.pack, key, content);
  KeyedWarning& one = event.warning.emplace();
  one.rule = content.rule_id;
  one.number = warning.number;
  one.severity = content.severity;
  one.onset = content.onset;
  one.open = content.expires == kNever;
  one.label = {content.label.originator, content.label.classification, content.label.tlp, {}, {}};
  for (const Evidence& item : content.evidence) RaiseTo(one.label, item.label);
  one.missions.assign(behind.missions.begin(), behind.missions.end());
  one.evidence_areas.assign(behind.areas.begin(), behind.areas.end());
  for (size_t i = first; i < count; ++i) {
    const auto origin = behind.origins.find(content.evidence[i].identity);
    one.evidence.push_back(
        {content.evidence[i], origin == behind.origins.end() ? "" : origin->second});
  }
  one.left_out = behind.left_out + static_cast<int64_t>(first);
  return event;
}

}  // namespace

void RaiseTo(Label& label, const Label& other) {
  label.classification = std::max(label.classification, other.classification);
  label.tlp = std::max(label.tlp, other.tlp);
}

void WriteMatch(StepContext& step, const RuleId& rule, const KeyContext& key,
                const Standing& standing, Tell tell) {
  if (!step.pack.selected.contains(rule)) return;
  Match match;
  match.withdrawn = standing.head.ended || tell == Tell::kGone;
  if (!match.withdrawn) match.event = EventOf(step, key, standing.warning);
  if (match.event.warning) {
    match.event.warning->found_by_backfill =
        tell == Tell::kAgain || standing.warning.found_by_backfill;
  }
  match.event.observed = standing.warning.content.episode;
  match.event.accepted = standing.warning.issued;
  match.event.identity = IdentityOf(standing.warning.id);
  match.event.revision = standing.warning.revision;
  match.event.type = StrCat(kWarningTypes, rule.str());
  if (const CompiledRule* const found = step.pack.FindRule(key.key.spec, rule)) {
    match.stage = found->rule->stage;
  }
  step.effects.matches.push_back(std::move(match));
  ++step.effects.counts["matches"];
}

}  // namespace tocsin
