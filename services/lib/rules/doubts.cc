// What is legal in a rule, but hardly meant.
#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/match.h"

namespace tocsin::rules_internal {
namespace {

// A paragraph that says why a rule exists is hardly shorter.
constexpr size_t kShortestWhy = 40;

void DoubtSelection(ConditionContext in, const Selection& selection) {
  if (!selection.rules.empty()) return;
  const std::vector<const EventType*> types = TypesOf(in.pack, selection);
  const std::string key = "selections." + selection.name;
  if (types.size() == in.pack.types.size() && types.size() > 1) {
    in.top.Doubt("selections", StrCat(selection.name, " matches every type of the taxonomy"),
                 "name the types that the rule is about");
  }
  for (const std::string& type : selection.types) {
    for (const std::string& prefix : selection.types) {
      if (type == prefix || !prefix.ends_with(".*") ||
          !type.starts_with(std::string_view(prefix).substr(0, prefix.size() - 1))) {
        continue;
      }
      in.top.Doubt("selections",
                   StrCat(selection.name, ": '", type, "' is among '", prefix, "' already"),
                   "leave it out, or name single types only");
    }
  }
  for (const std::string& field : in.rule.group_by) {
    if (IsKeyWord(field)) continue;
    if (!AttributeProblem(types, field, "").empty()) {
      in.top.Doubt("group_by",
                   StrCat("no type of the selection ", selection.name, " has the attribute ", field,
                          ", so none of its events has a key"));
    }
  }
  if (in.GroupsBy("actor") && selection.actor_classes.empty()) {
    in.top.Doubt("selections",
                 StrCat(selection.name, " follows governments, missions and civilians too"),
                 "name actor_classes");
  }
}

}  // namespace

void NoteDoubts(ConditionContext in) {
  const Rule& rule = in.rule;
  if (rule.why.size() < kShortestWhy) {
    in.top.Doubt("why", "says little",
                 "whoever is woken by the rule reads it: what happened, and who learned it late");
  }
  for (const Selection& selection : rule.selections) DoubtSelection(in, selection);
  if (rule.SelectsWarnings() && rule.lifetime == Duration(0)) {
    in.top.Doubt("lifetime", "is nothing: the warning expires with the last of what it rests on",
                 "say how long it is worth knowing afterwards");
  }
  if (rule.lifetime < rule.window) {
    in.top.Doubt("lifetime",
                 "is shorter than the window: a warning expires while its evidence still counts",
                 "make it as long as the window at least");
  }
}

}  // namespace tocsin::rules_internal
