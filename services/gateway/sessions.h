// Which watches a device has: one under each session name. A newer one of the same device and name
// ends the older one, so that a client that comes back over a link that only looks dead is not told
// twice.
//
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "lib/base/mutex.h"
#include "lib/sharing/decide.h"

namespace tocsin::gateway {

// InvalidArgument: longer than 64 characters, or others than letters, digits and ". _ : -".
absl::Status CheckSessionName(const std::string& name);

class Sessions {
 public:
  // Names that one device may use at the same time.
  static constexpr size_t kMostOfOneDevice = 16;

  class Watch {
   public:
    virtual ~Watch() = default;
    // A newer session of its device has its place. Not called under a lock of Sessions.
    virtual void Superseded() = 0;
  };

  // The watch has this place from now on; gives whoever had it, to be told by the caller.
  // ResourceExhausted: the device has too many others.
  absl::StatusOr<std::shared_ptr<Watch>> Take(const Principal& device, const std::string& name,
                                              const std::shared_ptr<Watch>& watch);
  // The watch is over; nothing if another has its place.
  void Leave(const Principal& device, const std::string& name, const Watch& watch);

 private:
  using Place = std::pair<Principal, std::string>;
  Mutex mutex_;
  std::map<Place, std::shared_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
