#include "lib/rules/match.h"

#include <algorithm>

#include "lib/rules/pack.h"

namespace tocsin {
namespace {

template <class T>
bool Contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool AtLeast(const std::optional<int64_t>& least, const std::optional<int64_t>& value) {
  return !least || value.value_or(0) >= *least;
}

}  // namespace

bool NamesType(std::string_view wanted, std::string_view type) {
  if (wanted.ends_with(".*")) return type.starts_with(wanted.substr(0, wanted.size() - 1));
  return wanted == type;
}

bool SelectsType(const Selection& selection, std::string_view type) {
  return std::any_of(selection.types.begin(), selection.types.end(),
                     [&](const std::string& wanted) { return NamesType(wanted, type); });
}

bool IsKeyWord(std::string_view field) {
  return field == "actor" || field == "area" || field == "corridor" || field == "mission";
}

bool Matches(const Selection& selection, const KeyedEvent& event, const ActorId* key_actor) {
  if (!selection.rules.empty()) {
    return event.warning && Contains(selection.rules, event.warning->rule) &&
           event.warning->severity >= selection.min_severity;
  }
  if (!SelectsType(selection, event.type)) return false;
  if (!Contains(selection.natures, event.nature)) return false;
  if (!selection.missions.empty() && !Contains(selection.missions, event.identity.mission)) {
    return false;
  }
  if (!selection.actor_classes.empty() || !selection.actor_roles.empty()) {
    const auto fits = [&](const KeyedActor& actor) {
      return (key_actor == nullptr || actor.id == *key_actor) &&
             (selection.actor_classes.empty() ||
              Contains(selection.actor_classes, actor.actor_class)) &&
             (selection.actor_roles.empty() || Contains(selection.actor_roles, actor.role));
    };
    if (std::none_of(event.actors.begin(), event.actors.end(), fits)) return false;
  }
  for (const auto& [name, value] : selection.where) {
    const auto it = event.attributes.find(name);
    if (it == event.attributes.end() || it->second != value) return false;
  }
  return AtLeast(selection.min.killed, event.people.killed) &&
         AtLeast(selection.min.injured, event.people.injured) &&
         AtLeast(selection.min.displaced, event.people.displaced) &&
         AtLeast(selection.min.affected, event.people.affected);
}

}  // namespace tocsin
