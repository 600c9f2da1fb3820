#include "disk.h"

namespace tocsin::simulation {

void Put(const Overlay::Writes& writes, State& state) {
  for (const auto& [key, value] : writes) {
    if (value.has_value()) {
      state.Put(key, *value);
    } else {
      state.Delete(key);
    }
  }
}

void Disk::Write(const Overlay::Writes& writes) {
  Put(writes, current_);
  tail_.push_back(writes);
}

void Disk::Sync() {
  synced_ = current_;
  tail_.clear();
}

void Disk::Replace(const MemoryState& content) {
  synced_ = current_ = content;
  tail_.clear();
  damaged_ = false;
}

void Disk::Lose(size_t batches) {
  for (size_t i = 0; i < batches && i < tail_.size(); ++i) Put(tail_[i], synced_);
  tail_.clear();
  current_ = synced_;
}

}  // namespace tocsin::simulation
