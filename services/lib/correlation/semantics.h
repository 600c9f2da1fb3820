// What the engine makes of its input, where that has a number: with it builds of different versions
// know each other's state (docs/decisions/0024).
#pragma once

#include <cstdint>

#include "lib/base/time.h"

namespace tocsin {

// Raised whenever the same input may give other effects.
int32_t CorrelatorSemanticsVersion();

// Whether events of these times may be counted together; `earlier` is not after `later`.
bool AreInOneWindow(Time earlier, Time later, Duration window);

}  // namespace tocsin
