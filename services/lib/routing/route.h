// One event through the rules in effect: what is written for it and what is remembered of it.
#pragma once

#include <optional>

#include <absl/status/status.h>

#include "lib/routing/backfill.h"
#include "lib/routing/control.h"
#include "lib/routing/identities.h"
#include "lib/routing/keyed_writer.h"

namespace tocsin {

// The rules in effect, what they backfill, and who writes.
struct RouteContext {
  const ActivePack& active;
  const Backfill& backfill;
  const KeyedWriter& writer;
  const Identities& identities;
};

// An event of a revision that `earlier`, what is held of it, does not have yet. `event.accepted` is
// set.
absl::Status Route(const RouteContext& context, const Event& event,
                   const std::optional<HeldIdentity>& earlier, State& state,
                   RouterEffects& effects);

// An event that is read again while rules backfill. A revision that has been corrected since is
// passed over, so that a copy never brings back what was wrong.
absl::Status RouteAgain(const RouteContext& context, const Event& event, State& state,
                        RouterEffects& effects);

// A warning that some rule selects. Of the revision that is held it is told again because rules
// changed: it goes where it has not been. Or an event that is in a match of a rule over cells.
absl::Status RouteMatch(const RouteContext& context, const Match& match, State& state,
                        RouterEffects& effects);

}  // namespace tocsin
