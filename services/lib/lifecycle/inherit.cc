#include "lib/lifecycle/inherit.h"

#include "lib/base/text.h"

namespace tocsin {

std::optional<Inheritance> NextInheritance(const MergedWarning& from, const Lifecycle& life_from,
                                           const MergedWarning& into, const Lifecycle& life_into) {
  if (life_from.actions == 0 || from.id == into.id) return std::nullopt;
  Inheritance next;
  next.action_id = StrCat("inherit/", from.id.str(), "/", life_from.actions);
  if (life_into.seen.contains(next.action_id)) return std::nullopt;
  Inherit& detail = next.detail;
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
  return next;
}

}  // namespace tocsin
