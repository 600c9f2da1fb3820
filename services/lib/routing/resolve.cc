#include "lib/routing/resolve.h"

#include <algorithm>
#include <iterator>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/rules/keys.h"

namespace tocsin {
namespace {

// The time at which rules place an event, and so the date on which its areas are looked up.
Time EventTime(const Event& event) {
  return event.nature != Nature::kObserved && event.valid ? event.valid->from : event.observed.from;
}

}  // namespace

Resolver::Resolver(const Pack& pack, const PlaceIndex& places)
    : pack_(pack), places_(places), longest_lateness_(0) {
  for (const auto& [name, type] : pack.types) {
    longest_lateness_ = std::max(longest_lateness_, type.lateness);
  }
  std::vector<const Rule*> rules;
  for (const Rule& rule : pack.rules) {
    rules.push_back(&rule);
    // Names of other fields are no attributes of any type, so they do no harm here.
    matched_attributes_.insert(rule.group_by.begin(), rule.group_by.end());
    matched_attributes_.insert({rule.field, rule.divergence.field});
    matched_attributes_.insert(rule.sequence.equal.begin(), rule.sequence.equal.end());
    matched_attributes_.insert(rule.sequence.differ.begin(), rule.sequence.differ.end());
    for (const auto& [field, steps] : rule.sequence.differ_between) {
      matched_attributes_.insert(field);
    }
    for (const auto& [field, count] : rule.distinct) matched_attributes_.insert(field);
    for (const Selection& selection : rule.selections) {
      for (const auto& [name, value] : selection.where) matched_attributes_.insert(name);
    }
    if (!rule.cell_level) continue;
    Cells& cells = cells_[*rule.cell_level];
    cells.rules.push_back(&rule);
    cells.radius_m = std::max(cells.radius_m, rule.radius_m);
  }
  index_ = RuleIndex(pack, rules);
}

KeyedEvent Resolver::Resolve(const Event& event, Counts& counts) const {
  const EventType* type = pack_.FindType(event.type);
  if (type == nullptr) ++counts["unknown_types"];
  KeyedEvent keyed;
  keyed.identity = event.identity;
  keyed.revision = event.revision;
  keyed.status = event.status;
  keyed.exercise_id = event.exercise_id;
  keyed.type = event.type;
  keyed.nature = event.nature;
  keyed.observed = event.observed;
  keyed.valid = event.valid;
  keyed.accepted = event.accepted;
  ResolvePlace(event, keyed, counts);
  ResolveActors(event, keyed, counts);
  keyed.people = event.people;
  keyed.source_kind = event.source.kind;
  keyed.component = event.source.component;
  keyed.origin = OriginOf(event);
  keyed.same_incident_as = event.source.same_incident_as;
  keyed.grading = event.grading;
  keyed.label = event.label;
  keyed.attributes = MatchedAttributes(event, type);
  // Without a type there is nothing to be late for: such an event matches no rule anyway.
  keyed.late = type != nullptr && event.accepted - event.observed.to > type->lateness;
  if (type != nullptr) ResolveCells(keyed);
  return keyed;
}

// Copies that no rule over cells wants do not carry any.
void Resolver::ResolveCells(KeyedEvent& keyed) const {
  for (const auto& [level, cells] : cells_) {
    const bool wanted = std::any_of(cells.rules.begin(), cells.rules.end(), [&](const Rule* rule) {
      return !KeysOfMatched(*rule, keyed).empty();
    });
    if (!wanted) continue;
    keyed.cells.push_back({level, places_.CellsNear(*keyed.point, level, cells.radius_m)});
  }
}

Resolver::Wanted Resolver::WantedOf(const KeyedEvent& event) const {
  Wanted wanted;
  Duration horizon{0};
  for (const size_t position : index_.MayWant(event)) {
    const Rule& rule = pack_.rules[position];
    std::vector<CorrelationKey> keys = KeysOf(rule, event);
    if (keys.empty()) continue;
    horizon = std::max(horizon, rule.window + longest_lateness_);
    wanted.keys.insert(wanted.keys.end(), std::make_move_iterator(keys.begin()),
                       std::make_move_iterator(keys.end()));
  }
  std::sort(wanted.keys.begin(), wanted.keys.end());
  wanted.keys.erase(std::unique(wanted.keys.begin(), wanted.keys.end()), wanted.keys.end());
  wanted.retention = longest_lateness_ + horizon;
  return wanted;
}

void Resolver::ResolvePlace(const Event& event, KeyedEvent& keyed, Counts& counts) const {
  keyed.uncertainty_m = event.place.uncertainty_m;
  keyed.point = event.place.point;
  if (!keyed.point) {
    if (!event.place.name.empty()) ++counts["unresolved_places"];
    return;
  }
  const Time t = EventTime(event);
  bool vague = keyed.uncertainty_m > kGreatestAreaUncertaintyM;
  if (!vague) keyed.areas = places_.AreasAt(*keyed.point, t);
  for (const CorridorId& corridor : places_.CorridorsAt(*keyed.point, t)) {
    if (keyed.uncertainty_m > places_.CorridorWidthMetres(corridor)) {
      vague = true;
    } else {
      keyed.corridors.push_back(corridor);
    }
  }
  if (vague) ++counts["vague_places"];
}

void Resolver::ResolveActors(const Event& event, KeyedEvent& keyed, Counts& counts) const {
  for (const Actor& actor : event.actors) {
    const auto given = pack_.actors.find(ActorId(actor.register_id));
    const RegisterActor* found =
        given != pack_.actors.end() ? &given->second : pack_.FindActor(actor.name);
    if (found == nullptr) {
      ++counts["unresolved_actors"];
      continue;
    }
    keyed.actors.push_back(
        {.id = found->id, .actor_class = found->actor_class, .role = actor.role});
  }
  std::sort(keyed.actors.begin(), keyed.actors.end());
  keyed.actors.erase(std::unique(keyed.actors.begin(), keyed.actors.end()), keyed.actors.end());
}

// Declared by the type and read by a rule: an undeclared one may hold anything, and one that no
// rule reads has no reason to leave home.
Attributes Resolver::MatchedAttributes(const Event& event, const EventType* type) const {
  Attributes result;
  if (type == nullptr) return result;
  for (const auto& [name, value] : event.attributes) {
    if (type->attributes.contains(name) && matched_attributes_.contains(name)) {
      result.emplace(name, value);
    }
  }
  return result;
}

std::string OriginOf(const Event& event) {
  const Source& source = event.source;
  if (!source.relayed_from.empty()) return StrCat("relayed:", ShortHashHex(source.relayed_from));
  if (!source.protected_id.empty()) return StrCat("source:", ShortHashHex(source.protected_id));
  return StrCat("mission:", event.identity.mission.str(), ":", source.component, ":", source.kind);
}

}  // namespace tocsin
