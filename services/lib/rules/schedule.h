// Deadlines of a schedule: when a desk's clock shows an hour, on each of its days. docs/rules.md,
// absence. The clock is data of the pack, not of the machine: the same everywhere and for ever.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/rules/conditions.h"

namespace tocsin {

// The second deadline that is not before `time`.
Time SecondDeadline(const Schedule& schedule, Time time);

// No two deadlines in a row are further apart than a day and this: by how much the offsets differ.
Duration SpreadOf(const std::vector<ZoneOffset>& offsets);

// "18:00": what a clock shows, since midnight; absent if it is no time of a day.
std::optional<Duration> TimeOfDayOf(std::string_view text);
// "+05:30": at most 14 hours.
std::optional<Duration> OffsetOf(std::string_view text);
// "2000-01-15" (its start) or "2000-01-15T10:00Z", in UTC, not before 1970.
std::optional<Time> MomentOf(std::string_view text);

}  // namespace tocsin
