// State folders: what a task's store has written, and how much of it a crash leaves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/state.h"
#include "lib/rocks/store.h"

namespace tocsin::simulation {

// One folder. Batches are kept apart until they are synced.
class Disk {
 public:
  explicit Disk(std::string folder) : folder_(std::move(folder)) {}
  // The same content in another place.
  Disk(std::string folder, const MemoryState& content)
      : folder_(std::move(folder)), synced_(content), current_(content) {}

  const std::string& folder() const { return folder_; }
  const MemoryState& content() const { return current_; }
  void Write(const Overlay::Writes& writes);
  void Sync();
  size_t unsynced() const { return tail_.size(); }
  // The machine is gone: of what was not synced, the first `batches` remain.
  void Lose(size_t batches);

  // Some of what is read of it is not what was written; readers see that they do not get it.
  void Damage() {
    damaged_ = true;
    ++damages_;
  }
  int64_t damages() const { return damages_; }  // so far
  bool damaged() const { return damaged_; }
  // Other files are in the folder now.
  void Replace(const MemoryState& content);
  // A copy of what it holds, kept for a while.
  void Stage() { staged_ = current_; }
  const MemoryState& staged() const { return staged_; }

 private:
  const std::string folder_;
  MemoryState synced_, current_, staged_;
  bool damaged_ = false;
  int64_t damages_ = 0;
  std::vector<Overlay::Writes> tail_;
};

// Puts them into the state.
void Put(const Overlay::Writes& writes, State& state);

}  // namespace tocsin::simulation
