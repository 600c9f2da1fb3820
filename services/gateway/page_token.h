// Where a list goes on. Opaque to callers; bound to the filter that it was made for.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// `last`: key of the last warning shown, in the view's newest-first index.
std::string MakePageToken(const std::string& last, const v1::WarningFilter& filter);
// The key; empty for the first page. InvalidArgument: the token is of no list, or of another
// filter.
absl::StatusOr<std::string> ParsePageToken(const std::string& token,
                                           const v1::WarningFilter& filter);

}  // namespace tocsin::gateway
