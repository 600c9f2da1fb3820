// What one stream was given last, so that an update is sent as what changed. Remembers names and
// revisions, not warnings. Not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "gateway/watch_source.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

class Given {
 public:
  // Deliveries that a client keeps to make updates whole from: gateway_service.proto, Delta.
  static constexpr size_t kMost = 256;

  // Notes that `view` is given now. If an earlier revision of it was given among the last
  // deliveries and enough of it is the same, takes that out and says how it is put back.
  std::optional<v1::Delta> Shorten(WatchSource& source, v1::WarningView& view);

 private:
  struct One {
    std::string id;
    int32_t revision = 0;
  };
  std::deque<One> last_;  // oldest first
};

}  // namespace tocsin::gateway
