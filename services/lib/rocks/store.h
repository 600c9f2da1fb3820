// A task's state on disk: one RocksDB with one column family, written one batch at a time.
//
// A batch is in the operating system's hands when Apply returns, so it outlives a crash of the
// process; a crash of the machine may take the last batches, never the middle of one or an earlier
// one before a later: the log they were made from is read again from the offset that the store then
// holds.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/base/state.h"

namespace tocsin {

// Block cache and limit of write buffers, shared by the stores of a process. Thread-safe.
class StoreResources;
std::shared_ptr<StoreResources> MakeStoreResources(size_t cache_bytes, size_t write_buffer_bytes);

// Apply: one thread at a time. Get, Scan and health: any thread, also while another applies; a scan
// sees the state of one moment.
class Store : public ReadState {
 public:
  // Makes the folder and its parents where there is none. FailedPrecondition: another process holds
  // it. DataLoss: it is damaged; the text says what can be done. Without resources: 16 MiB for
  // each.
  static absl::StatusOr<std::unique_ptr<Store>> Open(
      const std::string& path, std::shared_ptr<StoreResources> resources = nullptr);

  // All of it or nothing.
  virtual absl::Status Apply(const Overlay::Writes& writes) = 0;

  // Everything applied so far as a folder that Open takes, made on the same disk of hard links and
  // so in little time whatever the size. `folder` must not exist; its parent must. Not while
  // another thread applies.
  virtual absl::Status Checkpoint(const std::string& folder) = 0;

  // Get and Scan cannot fail in their signatures: what they could not read counts as absent, and
  // the first such error stays here, and so does damage that Apply met. Ask before acting on what
  // was read. DataLoss: the folder is damaged.
  virtual absl::Status health() const = 0;
};

// Reads every block of a store that nobody has open for writing, as a checkpoint is. DataLoss: one
// of them is damaged.
absl::Status VerifyStore(const std::string& path);

}  // namespace tocsin
