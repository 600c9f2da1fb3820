// Checkpoints of a task's state, in a folder that outlives the task's machine: the files of the
// store as of one moment, and a manifest that says whose they are, how far they go and what they
// must be like. One that is not exactly so is never used.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/rocks/store.h"
#include "lib/task/ledger.h"

namespace tocsin {

struct CheckpointFile {
  std::string name;
  int64_t bytes = 0;
  std::string checksum;  // as Checksum::Hex
  friend bool operator==(const CheckpointFile&, const CheckpointFile&) = default;
};

struct CheckpointManifest {
  std::string task;
  TaskIdentity identity;
  TaskPosition position;
  std::vector<CheckpointFile> files;
  friend bool operator==(const CheckpointManifest&, const CheckpointManifest&) = default;
};

std::string EncodeManifest(const CheckpointManifest& manifest);
// DataLoss: it is none, or not as it was written. FailedPrecondition: of a form that this build
// does not know.
absl::StatusOr<CheckpointManifest> ParseManifest(const std::string& text);

// FailedPrecondition: it is no state of this task over these topics; the text says what differs.
absl::Status CheckManifest(const CheckpointManifest& manifest, const std::string& task,
                           const TaskIdentity& identity);

// Which of two states of one task goes further: the greater. Transactions of its journal, and
// records where there is none.
std::pair<int64_t, int64_t> ProgressOf(const TaskPosition& position);

// The checkpoints of one task. Several processes may have one open: a task that was taken over does
// not know it yet. One thread at a time, and Publish beside the others.
class CheckpointShelf {
 public:
  virtual ~CheckpointShelf() = default;

  // Numbers of what was published, ascending.
  virtual absl::StatusOr<std::vector<int64_t>> List() = 0;
  // As ParseManifest; NotFound: it is gone.
  virtual absl::StatusOr<CheckpointManifest> Read(int64_t number) = 0;
  // Puts everything applied to the store aside, on the store's own disk: quick. What was there from
  // the last time is gone. On the thread that applies.
  virtual absl::Status Stage(Store& store) = 0;
  // What was staged becomes a checkpoint, all of it or nothing, under a number above all others,
  // which is returned. The manifest's files are filled in. DataLoss: the store itself is damaged.
  // Cancelled on a stop.
  virtual absl::StatusOr<int64_t> Publish(CheckpointManifest manifest,
                                          const std::stop_token& stop) = 0;
  // Puts a checkpoint's files where the task's store is opened, in place of what is there. The
  // store must not be open. DataLoss: it is damaged or incomplete, and nothing was changed.
  virtual absl::Status Fetch(int64_t number) = 0;
  virtual absl::Status Remove(int64_t number) = 0;
};

// Over a folder, with fsync before every rename. The folder and its parents are made;
// FailedPrecondition: it cannot be used.
absl::StatusOr<std::unique_ptr<CheckpointShelf>> OpenFolderShelf(const std::string& folder,
                                                                 const std::string& state_folder);

}  // namespace tocsin
