// Where a list or a history goes on. Opaque to callers; bound to what it was made for.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "lib/base/ids.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// `last`: key of the last warning shown, in the view's newest-first index.
std::string MakePageToken(const std::string& last, const v1::WarningFilter& filter);
// The key; empty for the first page. InvalidArgument: the token is of no list, or of another
// filter.
absl::StatusOr<std::string> ParsePageToken(const std::string& token,
                                           const v1::WarningFilter& filter);

// `next`: how many entries of the warning's history were looked at. It only ever grows at its end.
std::string MakeHistoryToken(size_t next, const WarningId& id);
// 0 for the first page. InvalidArgument: the token is of no history, or of another warning's.
absl::StatusOr<size_t> ParseHistoryToken(const std::string& token, const WarningId& id);

}  // namespace tocsin::gateway
