// Checks of what a keyed record may hold before any of it is applied.
#pragma once

#include <absl/status/status.h>

#include "lib/domain/keyed.h"

namespace tocsin {

// InvalidArgument names the field: an identity or revision missing, times or places that are none.
absl::Status CheckRecord(const Insert& insert);
absl::Status CheckRecord(const Withdraw& withdraw);
absl::Status CheckRecord(const Tick& tick);

}  // namespace tocsin
