// The warnings that came last in one stream, to make those whole that come as what changed
// (gateway_service.proto, Delta). Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include <absl/status/status.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

class Bases {
 public:
  // Deliveries that the contract lets a gateway count on.
  static constexpr size_t kMost = 256;

  // Makes it whole and keeps it. FailedPrecondition: what it changes was not kept.
  absl::Status MakeWhole(v1::Delivery& delivery);

 private:
  struct Base {
    v1::WarningView view;
    int deliveries = 0;  // of it among the last
  };
  std::map<std::string, Base> bases_;  // by id
  std::deque<std::string> last_;       // ids, oldest first
};

}  // namespace tocsin::ctl
