// How people name a warning: by its id, or by its number as read over a radio.
#pragma once

#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "lib/base/ids.h"

namespace tocsin::gateway {

// Either an id or a number; a number may come with the mission's name.
struct WarningName {
  std::optional<WarningId> id;
  std::optional<int64_t> number;
  MissionId mission;
};

// "0123456789abcdef0123456789abcdef", "143", "0143", "UNAMID 0143", "unamid-143". InvalidArgument:
// neither an id nor a number.
absl::StatusOr<WarningName> ParseWarningName(const std::string& text);

}  // namespace tocsin::gateway
