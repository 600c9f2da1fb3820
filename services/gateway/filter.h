// Which warnings a caller asked for, among those that it may see.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// InvalidArgument names the field: a value that is none of the enum's, or too many entries.
absl::Status Check(const v1::WarningFilter& filter);

// Empty fields match all, but for statuses: Actual alone, unless stated.
bool Matches(const v1::WarningFilter& filter, const v1::WarningView& view);

// What of it is about status and exercise. Release rules leave both as they are, so that what is
// not selected needs not be rendered.
bool SelectsKind(const v1::WarningFilter& filter, v1::Status status, const std::string& exercise);
inline bool SelectsKind(const v1::WarningFilter& filter, const v1::Warning& warning) {
  return SelectsKind(filter, warning.status(), warning.exercise_id());
}

}  // namespace tocsin::gateway
