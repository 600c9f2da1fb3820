// Durations as documents write them: 500ms, 90s, 15m, 6h, 30d.
#pragma once

#include <optional>
#include <string_view>

#include "lib/base/time.h"

namespace tocsin {

// Absent unless it is digits and one of ms, s, m, h, d, and at most ten years (3660 days).
std::optional<Duration> DurationOf(std::string_view text);

}  // namespace tocsin
