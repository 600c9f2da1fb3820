// The ordered store below what a gateway keeps: RocksDB in the process, memory in tests.
#pragma once

#include <absl/status/status.h>

#include "lib/base/state.h"

namespace tocsin::gateway {

// Reads are thread-safe.
class ViewStore : public ReadState {
 public:
  // All or nothing.
  virtual absl::Status Write(const Overlay::Writes& writes) = 0;
  // Not OK: something could not be read, and counted as absent.
  virtual absl::Status health() const = 0;
};

}  // namespace tocsin::gateway
