// The one place where a stored warning becomes something that a caller gets.
#pragma once

#include <optional>

#include <absl/functional/function_ref.h>

#include "lib/lifecycle/lifecycle.h"
#include "lib/sharing/decide.h"
#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::gateway {

// Whether another warning, which this one names, may be named to the caller.
using MayName = absl::FunctionRef<bool(const WarningId&)>;

// What `principal` may see of the warning, decided for the warning and for each piece of evidence
// and each reference in it. nullopt: the caller is not to know that there is such a warning. Fields
// that this build does not know are dropped, since nobody has decided on them. Withheld evidence is
// gone from the result and counted by originator and reason; the area on the map is that of the
// evidence which is left.
std::optional<v1::WarningView> Render(const Principal& principal, const v1::Warning& stored,
                                      const Lifecycle& lifecycle, MayName may_name);

// What was rendered, without its evidence: for where many are told of in short.
void DropEvidence(v1::WarningView& view);

// Whether Render would give anything.
bool Visible(const Principal& principal, const v1::Warning& stored);

// Whether those who have the watch at the mission's JOC may see it, and so all who read content
// there.
bool VisibleToWatch(const MissionId& mission, const v1::Warning& stored);

}  // namespace tocsin::gateway
