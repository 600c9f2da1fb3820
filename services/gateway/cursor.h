// Where a client is in the logs, and whether they can be read on from there.
#pragma once

#include <optional>
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

// Within a snapshot: standing warnings that are graver than `severity` have been sent, and of this
// severity those before the offsets.
struct SnapshotPlace {
  v1::Severity severity = v1::SEVERITY_EXTREME;
  std::vector<int64_t> offsets;
  friend bool operator==(const SnapshotPlace&, const SnapshotPlace&) = default;
};

// All of where a client is.
struct Place {
  LogPosition log;  // within a snapshot: where the log is read on from after it
  // What concerns Extreme warnings has been sent up to these offsets, each at least that of `log`;
  // empty: nothing was sent out of turn.
  std::vector<int64_t> ahead = {};
  std::optional<SnapshotPlace> snapshot = std::nullopt;
  friend bool operator==(const Place&, const Place&) = default;
};

v1::Cursor MakeCursor(const Epochs& epochs, const Place& place);
// Of a cursor that was checked.
Place PlaceOf(const v1::Cursor& cursor);
// Whether who is at `place` has all that who is at `earlier` has, both of one stream.
bool HasPassed(const Place& place, const Place& earlier);

// OutOfRange, in words for whoever reads the client's log: of another epoch, too old (below
// `floors`), ahead of the log (beyond `ends`) or none that a gateway makes. Subscribe again with a
// snapshot.
absl::Status Check(const v1::Cursor& cursor, const Epochs& epochs, const LogPosition& floors,
                   const LogPosition& ends);

}  // namespace tocsin::gateway
