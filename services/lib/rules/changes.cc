#include "lib/rules/changes.h"

#include <algorithm>

#include "lib/rules/match.h"

namespace tocsin {
namespace {

// The rule as far as it says which events it looks at, and how.
Rule Matching(Rule rule) {
  const Rule none;
  rule.version = none.version;
  rule.title = none.title;
  rule.why = none.why;
  rule.severities = none.severities;
  rule.severity = none.severity;
  rule.address = none.address;
  rule.urgency = none.urgency;
  rule.response = none.response;
  rule.label = none.label;
  rule.shadow = none.shadow;
  rule.stage = none.stage;
  rule.trips = none.trips;
  rule.draft = none.draft;
  return rule;
}

// Types that are in one pack only, or differ.
std::set<std::string> ChangedTypes(const Pack& before, const Pack& after) {
  std::set<std::string> changed;
  for (const auto* pack : {&before, &after}) {
    for (const auto& [name, type] : pack->types) {
      const EventType* const was = before.FindType(name);
      const EventType* const is = after.FindType(name);
      if (was == nullptr || is == nullptr || *was != *is) changed.insert(name);
    }
  }
  return changed;
}

bool SelectsOneOf(const Rule& rule, const std::set<std::string>& types) {
  return std::any_of(types.begin(), types.end(), [&](const std::string& type) {
    return std::any_of(rule.selections.begin(), rule.selections.end(),
                       [&](const Selection& selection) { return SelectsType(selection, type); });
  });
}

// A mission that is live throughout has taken the rule live, or has it no more.
bool TakenOtherwise(const Pack& before, const Rule& was, const Pack& after, const Rule& is) {
  return std::any_of(after.live_missions.begin(), after.live_missions.end(),
                     [&](const auto& m) { return before.LiveFor(m, was) != after.LiveFor(m, is); });
}

}  // namespace

RuleChanges CompareRules(const Pack& before, const Pack& after) {
  RuleChanges changes;
  // Every event may lie elsewhere, or be of someone else.
  const bool moved = before.areas_geojson != after.areas_geojson ||
                     before.corridors_geojson != after.corridors_geojson ||
                     before.actors != after.actors;
  const bool told_otherwise =
      before.live_missions != after.live_missions || before.desks != after.desks ||
      before.area_desks != after.area_desks || before.corridors != after.corridors;
  const std::set<std::string> types = ChangedTypes(before, after);
  changes.moves_events = moved || !types.empty();
  for (const Rule& rule : after.rules) {
    const Rule* const was = before.FindRule(rule.id);
    const bool sees_others =
        was == nullptr || moved || SelectsOneOf(rule, types) || Matching(*was) != Matching(rule);
    if (sees_others && rule.SelectsWarnings()) {
      // Warnings are on no mission's topic: the rules that have them tell them again.
      changes.restated.insert(rule.id);
      for (const Selection& selection : rule.selections) {
        changes.restated.insert(selection.rules.begin(), selection.rules.end());
      }
    } else if (sees_others) {
      changes.need_events.insert(rule.id);
    } else if (told_otherwise || *was != rule || TakenOtherwise(before, *was, after, rule)) {
      changes.restated.insert(rule.id);
    }
  }
  for (const RuleId& rule : changes.need_events) changes.restated.erase(rule);
  for (const Rule& rule : before.rules) {
    if (after.FindRule(rule.id) == nullptr) changes.removed.insert(rule.id);
  }
  return changes;
}

bool OnlyGrowsWithEvidence(const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::kEventCount:
    case RuleKind::kValueCount:
    case RuleKind::kNear:
    case RuleKind::kComposite:
      return true;
    case RuleKind::kSequence:
      return rule.sequence.until.empty() && !rule.sequence.LooksPastEvidence();
    case RuleKind::kAbsence:
    case RuleKind::kDivergence:
    case RuleKind::kMovement:
    case RuleKind::kSurge:
      return false;
  }
  return false;
}

}  // namespace tocsin
