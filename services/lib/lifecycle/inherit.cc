#include "lib/lifecycle/inherit.h"

#include <utility>

#include "lib/base/text.h"

namespace tocsin {

namespace {

Inherit WorkOf(const GradedWarning& from, const Lifecycle& life_from, const GradedWarning& into) {
  Inherit detail;
  detail.from = from.id;
  if (life_from.state == LifecycleState::kAcknowledged && into.severity <= from.severity) {
    detail.acknowledged_by = life_from.acknowledged_by;
    detail.acknowledged_desk = life_from.acknowledged_desk;
    detail.acknowledged = life_from.acknowledged;
    detail.acknowledgement_expires = life_from.acknowledgement_expires;
  }
  detail.owner = life_from.owner;
  detail.assigned_by = life_from.assigned_by;
  detail.level = life_from.level;
  detail.escalated = life_from.escalated;
  detail.escalated_by = life_from.escalated_by;
  detail.comment = life_from.comment;
  detail.comment_by = life_from.comment_by;
  detail.responses = life_from.responses;
  detail.links = life_from.links;
  return detail;
}

std::optional<Inheritance> UnlessSeen(std::string action_id, const GradedWarning& from,
                                      const Lifecycle& life_from, const GradedWarning& into,
                                      const Lifecycle& life_into) {
  if (life_from.actions == 0 || from.id == into.id || life_into.seen.contains(action_id)) {
    return std::nullopt;
  }
  return Inheritance{WorkOf(from, life_from, into), std::move(action_id)};
}

}  // namespace

std::optional<Inheritance> NextInheritance(const GradedWarning& from, const Lifecycle& life_from,
                                           const GradedWarning& into, const Lifecycle& life_into) {
  return UnlessSeen(StrCat("inherit/", from.id.str(), "/", life_from.actions), from, life_from,
                    into, life_into);
}

std::optional<Inheritance> InheritanceOfPart(const GradedWarning& origin,
                                             const Lifecycle& life_origin,
                                             const GradedWarning& part,
                                             const Lifecycle& life_part) {
  return UnlessSeen(PartActionId(origin.id), origin, life_origin, part, life_part);
}

std::string PartActionId(const WarningId& origin) {
  return StrCat("inherit/", origin.str(), "/split");
}

}  // namespace tocsin
