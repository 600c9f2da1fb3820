// Where a client is in the logs, and whether they can be read on from there.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// Of the two logs that a watch reads.
struct Epochs {
  std::string warnings, actions;
};

// Next offset of each partition of the warnings topic, and of the actions topic.
struct LogPosition {
  std::vector<int64_t> warnings;
  int64_t actions = 0;
  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

v1::Cursor MakeCursor(const Epochs& epochs, const LogPosition& position);
// Of a cursor that was checked.
LogPosition PositionOf(const v1::Cursor& cursor);

// OutOfRange, in words for whoever reads the client's log: of another epoch, too old (below
// `floors`) or ahead of the log (beyond `ends`). Subscribe again with a snapshot.
absl::Status Check(const v1::Cursor& cursor, const Epochs& epochs, const LogPosition& floors,
                   const LogPosition& ends);

}  // namespace tocsin::gateway
