// What a part of a warning that the engine split takes along of what this centre had done with the
// whole.
#pragma once

#include <optional>

#include "gateway/view.h"
#include "lib/lifecycle/inherit.h"

namespace tocsin::gateway {

// A part that stands and has not yet inherited: there may be nothing to inherit yet, or ever.
bool AwaitsOrigin(const v1::Warning& part, const Lifecycle& life);

// What such a part inherits now. Nothing while the view does not have its origin, this centre may
// not see one of the two, or the origin is itself still to inherit.
std::optional<Inheritance> FromOrigin(const View& view, const v1::Warning& part);

}  // namespace tocsin::gateway
