// Which warnings a caller asked for, among those that it may see.
#pragma once

#include <absl/status/status.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// InvalidArgument names the field: a value that is none of the enum's, or too many entries.
absl::Status Check(const v1::WarningFilter& filter);

// Empty fields match all, but for statuses: Actual alone, unless stated.
bool Matches(const v1::WarningFilter& filter, const v1::WarningView& view);

// Alert or Update: it has not ended.
bool IsOpen(const v1::Warning& warning);

}  // namespace tocsin::gateway
