#include "gateway/part.h"

#include "gateway/render.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

// When the first record that the view has of it came into its log.
Time FirstLogged(const View& view, const WarningId& id) {
  for (const View::Moment& moment : view.History(id)) {
    if (std::holds_alternative<View::RecordPtr>(moment.what)) return moment.logged;
  }
  return kUnknownTime;
}

// The life that `origin` had when it was split: what was done with it later is about the part that
// kept its id. What it inherited as a part itself is from before that, whenever it was written.
Lifecycle LifeWhenSplit(const View& view, const v1::Warning& origin, Time split) {
  const std::string own = PartActionId(WarningId(origin.split_from()));
  Lifecycle life;
  for (const View::Moment& moment : view.History(WarningId(origin.id()))) {
    const auto* taken = std::get_if<v1::ActionTaken>(&moment.what);
    if (taken == nullptr || (moment.logged > split && taken->action().action_id() != own)) continue;
    life = Apply(life, FromProto(taken->action()), view.shape().mission).lifecycle;
  }
  return life;
}

// How grave it was when somebody acknowledged it; how grave it is where that is not known.
Severity AcknowledgedSeverity(const View& view, const v1::Warning& origin, const Lifecycle& life) {
  const auto seen = view.Revision(WarningId(origin.id()), life.acknowledged_revision);
  return static_cast<Severity>((seen ? seen->warning : origin).severity());
}

// Whether or not the origin is itself still to inherit.
std::optional<Inheritance> FromOriginAsItIs(const View& view, const v1::Warning& part) {
  const WarningId id(part.id());
  const WarningId from(part.split_from());
  const Lifecycle life = view.LifecycleOf(id);
  const auto origin = view.Latest(from);
  if (!AwaitsOrigin(part, life) || !origin) return std::nullopt;
  const MissionId& mission = view.shape().mission;
  if (!VisibleToWatch(mission, part) || !VisibleToWatch(mission, origin->warning)) {
    return std::nullopt;
  }
  // Most often nobody had done anything, and the history need not be read.
  if (view.LifecycleOf(from).actions == 0) return std::nullopt;
  const Lifecycle before = LifeWhenSplit(view, origin->warning, FirstLogged(view, id));
  return InheritanceOfPart({from, AcknowledgedSeverity(view, origin->warning, before)}, before,
                           {id, static_cast<Severity>(part.severity())}, life);
}

}  // namespace

bool AwaitsOrigin(const v1::Warning& part, const Lifecycle& life) {
  return IsOpen(part) && !part.split_from().empty() &&
         !life.seen.contains(PartActionId(WarningId(part.split_from())));
}

std::optional<Inheritance> FromOrigin(const View& view, const v1::Warning& part) {
  std::optional<Inheritance> next = FromOriginAsItIs(view, part);
  if (!next) return std::nullopt;
  const auto origin = view.Latest(next->detail.from);
  if (origin && FromOriginAsItIs(view, origin->warning)) return std::nullopt;
  return next;
}

}  // namespace tocsin::gateway
