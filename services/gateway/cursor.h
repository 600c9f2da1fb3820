// Where a client is in the log, and whether the log can be read on from there.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

v1::Cursor MakeCursor(const std::string& epoch, const std::vector<int64_t>& offsets);

// OutOfRange, in words for whoever reads the client's log: of another epoch, too old (below
// `floors`) or ahead of the log (beyond `ends`). Subscribe again with a snapshot.
absl::Status Check(const v1::Cursor& cursor, const std::string& epoch,
                   const std::vector<int64_t>& floors, const std::vector<int64_t>& ends);

}  // namespace tocsin::gateway
