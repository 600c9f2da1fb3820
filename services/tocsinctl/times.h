// Times and durations as a person types them.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

namespace tocsin::ctl {

// Microseconds of "2009-03-04T14:30:00Z". InvalidArgument names `flag`.
absl::StatusOr<int64_t> TimeIn(const std::string& flag, const std::string& text);
// Whole seconds, at least one, of "30m" or "2h". InvalidArgument names `flag`.
absl::StatusOr<int64_t> SecondsIn(const std::string& flag, const std::string& text);

}  // namespace tocsin::ctl
