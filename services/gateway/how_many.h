// How many of something a request asks for.
#pragma once

#include <algorithm>
#include <cstdint>

#include <absl/status/statusor.h>

#include "lib/base/text.h"

namespace tocsin::gateway {

// 0: as many as a page has. InvalidArgument names the field.
inline absl::StatusOr<int> HowMany(const char* field, int32_t asked) {
  constexpr int kDefault = 100;
  constexpr int kMost = 1000;
  if (asked < 0) {
    return absl::InvalidArgumentError(StrCat(field, ": ", asked, " is less than nothing"));
  }
  return asked == 0 ? kDefault : std::min<int>(asked, kMost);
}

}  // namespace tocsin::gateway
