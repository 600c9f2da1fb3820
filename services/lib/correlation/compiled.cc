#include "lib/correlation/compiled.h"

#include <algorithm>

#include "lib/base/canonical.h"
#include "lib/base/compact.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/match.h"

namespace tocsin {
namespace {

// How long after their episodes the warnings of rules can change: of lower stages, by rule.
using Kept = std::map<RuleId, Duration>;

// Of a rule whose warnings come from rules of lower stages. What stands of it stays for longer than
// anything that it rests on can change: it would be raised a second time.
CompiledRule CompileComposite(const Rule& rule, const Kept& kept) {
  CompiledRule compiled;
  compiled.rule = &rule;
  Duration longest{0};
  for (size_t i = 0; i < rule.selections.size(); ++i) {
    for (const RuleId& id : rule.selections[i].rules) {
      compiled.encoded_types.push_back(
          CompactWriter().Bytes(StrCat(kWarningTypes, id.str())).Take());
      compiled.encoded_type_selections.push_back(uint32_t{1} << i);
      if (const auto it = kept.find(id); it != kept.end()) longest = std::max(longest, it->second);
    }
  }
  compiled.horizon = std::max(2 * rule.window + longest, rule.lifetime);
  return compiled;
}

CompiledRule CompileRule(const Rule& rule, const Pack& pack) {
  CompiledRule compiled;
  compiled.rule = &rule;
  for (size_t i = 0; i < rule.selections.size(); ++i) {
    const std::string& then_no = rule.sequence.then_no;
    if (then_no.empty() || rule.selections[i].name == then_no) {
      compiled.waits_for |= uint32_t{1} << i;
    }
  }
  for (const auto& [name, type] : pack.types) {
    uint32_t selections = 0;
    for (size_t i = 0; i < rule.selections.size(); ++i) {
      if (SelectsType(rule.selections[i], name)) selections |= uint32_t{1} << i;
    }
    if (selections == 0) continue;
    compiled.encoded_types.push_back(CompactWriter().Bytes(name).Take());
    compiled.encoded_type_selections.push_back(selections);
    if ((selections & compiled.waits_for) != 0) {
      compiled.sitreps = compiled.sitreps || type.sitreps;
      compiled.sensors = compiled.sensors || type.sensors;
    }
    compiled.lateness = std::max(compiled.lateness, type.lateness);
  }
  // An event may be as old as the lateness and as wide as the window, and its window reaches back
  // by one more, the sightings of a movement by nearly two; and a warning stays until it expires.
  const int windows = rule.kind == RuleKind::kMovement ? 3 : 2;
  const Duration needed =
      std::max(rule.window, rule.reach) * windows + compiled.lateness + rule.settle;
  compiled.horizon = std::max(needed, rule.lifetime);
  return compiled;
}

}  // namespace

const std::string* KeyContext::Field(std::string_view name) const {
  for (const auto& [field, value] : parts.fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

std::string BytesOf(const CorrelationKey& key) {
  return CanonicalWriter().Bytes(key.spec).Bytes(key.value).Take();
}

absl::StatusOr<KeyContext> MakeKeyContext(const CorrelationKey& key) {
  KeyContext context;
  TOCSIN_ASSIGN_OR_RETURN(context.parts, ParseKey(key));
  context.key = key;
  context.bytes = BytesOf(key);
  if (const std::string* actor = context.Field("actor")) context.actor = ActorId(*actor);
  return context;
}

Time TimeOf(const KeyedEvent& event) {
  if (event.warning) return event.warning->open ? kGoesOn : event.observed.to;
  return event.nature != Nature::kObserved && event.valid ? event.valid->from : event.observed.from;
}

uint32_t CompiledRule::SelectionsMet(const Pack& pack, const KeyedEvent& event,
                                     const ActorId* key_actor) const {
  if (!CanBeEvidence(*rule, event)) return 0;
  if (!event.warning && pack.FindType(event.type) == nullptr) return 0;
  uint32_t met = 0;
  for (size_t i = 0; i < rule->selections.size(); ++i) {
    if (Matches(rule->selections[i], event, key_actor)) met |= uint32_t{1} << i;
  }
  return met;
}

bool CompiledRule::MayMeet(std::string_view encoded, uint32_t selections) const {
  for (size_t i = 0; i < encoded_types.size(); ++i) {
    if ((encoded_type_selections[i] & selections) != 0 && encoded.starts_with(encoded_types[i])) {
      return true;
    }
  }
  return false;
}

bool CompiledRule::ReadsFrom(const SourceId& source) const {
  constexpr std::string_view kMission = "mission.";
  constexpr std::string_view kSitreps = ".sitreps.v1";
  constexpr std::string_view kSensors = ".sensors.v1";
  std::string_view topic = source.topic;
  if (!topic.starts_with(kMission)) return false;
  topic.remove_prefix(kMission.size());
  if (sitreps && topic.ends_with(kSitreps)) {
    topic.remove_suffix(kSitreps.size());
  } else if (sensors && topic.ends_with(kSensors)) {
    topic.remove_suffix(kSensors.size());
  } else {
    return false;
  }
  for (size_t i = 0; i < rule->selections.size(); ++i) {
    const std::vector<MissionId>& missions = rule->selections[i].missions;
    if ((waits_for >> i & 1) != 0 &&
        (missions.empty() ||
         std::any_of(missions.begin(), missions.end(),
                     [&](const MissionId& mission) { return mission.str() == topic; }))) {
      return true;
    }
  }
  return false;
}

Duration CleanUpPause(Duration horizon) {
  constexpr Duration kLeast = std::chrono::hours(1);
  return std::max(kLeast, horizon / 8);
}

const SpecRules* CompiledPack::Find(const std::string& spec) const {
  const auto it = specs.find(spec);
  return it == specs.end() ? nullptr : &it->second;
}

const CompiledRule* CompiledPack::FindRule(const std::string& spec, const RuleId& id) const {
  const SpecRules* const rules = Find(spec);
  if (rules == nullptr) return nullptr;
  for (const CompiledRule& rule : rules->rules) {
    if (rule.rule->id == id) return &rule;
  }
  return nullptr;
}

std::unique_ptr<const CompiledPack> Compile(Pack pack) {
  auto compiled = std::make_unique<CompiledPack>();
  compiled->pack = std::move(pack);
  // What a rule selects comes first; the rules of one spec stay by id.
  std::vector<const Rule*> by_stage;
  for (const Rule& rule : compiled->pack.rules) by_stage.push_back(&rule);
  std::stable_sort(by_stage.begin(), by_stage.end(),
                   [](const Rule* a, const Rule* b) { return a->stage < b->stage; });
  std::map<RuleId, CompiledRule> made;
  std::map<std::string, Duration> of_spec;  // of rules that select events
  for (const Rule* rule : by_stage) {
    if (rule->SelectsWarnings()) continue;
    CompiledRule one = CompileRule(*rule, compiled->pack);
    Duration& longest = of_spec[rule->KeySpec()];
    longest = std::max(longest, one.horizon);
    made.emplace(rule->id, std::move(one));
  }
  Kept kept;
  for (const Rule* rule : by_stage) {
    // Their warnings change with their events, which lie there for as long as any rule of the key
    // needs; those of composites only with warnings.
    Duration horizon = of_spec[rule->KeySpec()];
    if (rule->SelectsWarnings()) {
      horizon = made.emplace(rule->id, CompileComposite(*rule, kept)).first->second.horizon;
    }
    kept.emplace(rule->id, horizon + CleanUpPause(horizon));
    for (const Selection& selection : rule->selections) {
      compiled->selected.insert(selection.rules.begin(), selection.rules.end());
    }
  }
  const auto add = [&](const std::string& spec, CompiledRule rule, int32_t trips) {
    SpecRules& rules = compiled->specs[spec];
    rules.horizon = std::max(rules.horizon, rule.horizon);
    rules.trips = std::max(rules.trips, trips);
    rules.rules.push_back(std::move(rule));
  };
  for (const Rule& rule : compiled->pack.rules) {
    CompiledRule& one = made.at(rule.id);
    if (rule.cell_level) {
      CompiledRule in_cells = one;
      in_cells.horizon = rule.window * 2 + one.lateness;  // nothing stands there
      add(rule.CellSpec(), std::move(in_cells), 0);
    }
    add(rule.KeySpec(), std::move(one), rule.trips);
  }
  for (auto& [name, spec] : compiled->specs) {
    std::vector<const Rule*> rules;
    for (const CompiledRule& rule : spec.rules) rules.push_back(rule.rule);
    spec.index = RuleIndex(compiled->pack, rules);
  }
  for (const Rule& rule : compiled->pack.rules) {
    const CompiledRule* const found = compiled->FindRule(rule.KeySpec(), rule.id);
    if (rule.kind == RuleKind::kAbsence) {
      compiled->absences.push_back(found);
    } else if (rule.WaitsForTime()) {
      compiled->waiting.push_back(found);
    }
  }
  return compiled;
}

}  // namespace tocsin
