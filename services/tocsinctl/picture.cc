#include "tocsinctl/picture.h"

#include <absl/strings/numbers.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::ctl {

void Picture::Take(const v1::Lifecycle& life, Seen& seen) {
  if (life.actions() < seen.actions) return;
  seen.actions = life.actions();
  seen.resolved = life.state() == v1::LIFECYCLE_STATE_RESOLVED;
}

void Picture::Take(const v1::Delivery& delivery) {
  const v1::Warning& warning = delivery.view().warning();
  if (!IsOpen(warning) || delivery.leaves_filter()) {
    open_.erase(warning.id());
    return;
  }
  Seen& seen = open_[warning.id()];
  seen.revision = warning.revision();
  Take(delivery.view().lifecycle(), seen);
}

void Picture::Take(const v1::LifecycleChange& change) {
  const auto seen = open_.find(change.warning_id());
  if (seen == open_.end()) return;
  Take(change.lifecycle(), seen->second);
}

uint64_t Picture::Digest() const {
  uint64_t digest = 0;
  for (const auto& [id, seen] : open_) {
    if (seen.resolved) continue;
    uint64_t one = 0;
    const std::string hex = Sha256Hex(StrCat(id, "/", seen.revision, "/", seen.actions));
    if (absl::SimpleHexAtoi(Av(hex).substr(0, 16), &one)) digest ^= one;
  }
  return digest;
}

}  // namespace tocsin::ctl
