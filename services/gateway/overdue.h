// Which standing warnings have not reached the people of this JOC in the time that its policy
// gives.
//
// Kept by the ledger's thread, asked by all. Counts are of what the JOC may see: a warning that is
// not for it is nobody's here.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/time.h"
#include "lib/domain/types.h"
#include "lib/lifecycle/delivery.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// How long a warning may take, from when the log had it; by the machine's clock.
struct SurfacePolicy {
  std::chrono::seconds undelivered_after{30};
  std::chrono::seconds unseen_after{120};
};

// A standing warning's last alerting revision.
struct Standing {
  WarningId warning;
  int64_t number = 0;
  int32_t revision = 0;
  v1::Status status = v1::STATUS_UNSPECIFIED;
  std::string exercise_id;
  DeliveryState state;
};

class Overdue {
 public:
  explicit Overdue(SurfacePolicy policy) : policy_(policy) {}

  // Of the ledger's thread. What stands of the warning now; nothing: it does not stand.
  void Set(const WarningId& id, const Standing* standing);
  struct Counts {
    int64_t undelivered = 0;
    int64_t unseen = 0;
    v1::OverdueDelivery oldest;  // of both
  };
  // As of `now`, for all that ask from here on. Returns those of real warnings: exercises surface
  // to whoever watches one.
  Counts Judge(Time now);

  // Of the warnings whose status and exercise the filter selects. Thread-safe.
  v1::OverdueDeliveries For(const v1::WarningFilter& filter) const;

 private:
  using Kind = std::pair<v1::Status, std::string>;  // status, exercise
  const SurfacePolicy policy_;
  std::map<WarningId, Standing> unseen_;  // of the ledger's thread: those that nobody has seen
  mutable Mutex mutex_;
  std::map<Kind, v1::OverdueDeliveries> judged_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
