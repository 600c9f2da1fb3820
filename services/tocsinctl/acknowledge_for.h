// An acknowledgement from what a person types.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "tocsin/v1/action.pb.h"

namespace tocsin::ctl {

// `lasts`: as "30m" or "2h"; empty: until it is resolved. InvalidArgument names `field`.
absl::StatusOr<v1::Acknowledge> AcknowledgeFor(const std::string& field, const std::string& lasts);

}  // namespace tocsin::ctl
