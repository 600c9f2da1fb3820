// A history through the room, on a clock that goes from one accept time to the next: what a watch
// would have been told, and when.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lib/backtest/history.h"
#include "lib/backtest/room.h"

namespace tocsin {

struct ReplayOptions {
  // Between reports time passes in steps of this length, so that what only time decides (a feed
  // that fell silent, an expiry) is found at most this much later than by a clock that runs.
  Duration step = std::chrono::minutes(10);
  // Goes on to here after the last report; kUnknownTime: ends with it. What is known only later is
  // not read.
  Time until = kUnknownTime;
  ShadowRules shadow = ShadowRules::kToldToNobody;
  // Called at the end with the room and its time; not for an empty history.
  std::function<absl::Status(Room& room, Time now)> at_end;
};

// Called with each revision of each warning, in order, and the time at which it went out.
using OnWarning = std::function<void(Time issued, const Warning& warning)>;

// Live for every desk of the pack. Every mission's topics are at their end all the time: a report
// counts as read when it is known.
absl::Status Replay(const std::vector<Document>& documents, const Pack& pack,
                    const std::vector<Report>& history, const ReplayOptions& options,
                    const OnWarning& on_warning);

}  // namespace tocsin
