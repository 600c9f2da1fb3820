// The one place where a stored warning becomes something that a caller gets.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>

#include "lib/base/mutex.h"
#include "lib/lifecycle/lifecycle.h"
#include "lib/sharing/decide.h"
#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::gateway {

// Whether another warning, which this one names, may be named to the caller.
using MayName = absl::FunctionRef<bool(const WarningId&)>;

// What hangs on the record and on the caller's mission and role alone is worked out once, as for a
// caller without a name, and held for the next: hundreds of watches are shown the same records, and
// a record never changes. Thread-safe.
class Renderings {
 public:
  // Holds so much at most; the oldest go first.
  explicit Renderings(size_t most_bytes) : most_bytes_(most_bytes) {}

  // What `principal` may see of the warning, decided for the warning and for each piece of evidence
  // and each reference in it. nullopt: the caller is not to know that there is such a warning.
  // Fields that this build does not know are dropped, since nobody has decided on them. Withheld
  // evidence is gone from the result and counted by originator and reason; the area on the map is
  // that of the evidence which is left. `life` is asked only if the caller may know of the warning.
  std::optional<v1::WarningView> Render(const Principal& principal, const v1::Warning& stored,
                                        absl::FunctionRef<Lifecycle()> life, MayName may_name);

 private:
  // nullptr: invisible.
  using Content = std::shared_ptr<const v1::WarningView>;
  struct Held {
    std::string key;
    size_t bytes = 0;
  };

  Content ContentOf(const Principal& principal, const v1::Warning& stored);

  const size_t most_bytes_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Content> contents_ ABSL_GUARDED_BY(mutex_);
  std::deque<Held> order_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What was rendered, without its evidence: for where many are told of in short.
void DropEvidence(v1::WarningView& view);

// Whether Render would give anything.
bool Visible(const Principal& principal, const v1::Warning& stored);

// Whether those who have the watch at the mission's JOC may see it, and so all who read content
// there.
bool VisibleToWatch(const MissionId& mission, const v1::Warning& stored);

}  // namespace tocsin::gateway
