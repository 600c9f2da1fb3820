// Who has written a record and waits until it has been read back.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include <absl/status/status.h>

#include "gateway/hub.h"
#include "lib/base/mutex.h"

namespace tocsin::gateway {

// Thread-safe.
class ReadBack : public Hub::Member {
 public:
  using Done = std::function<void(absl::Status)>;

  // The log has been read up to here.
  void Advance(int64_t end);

  Hub::Clock::time_point Pump(Hub::Clock::time_point now) override;
  void Stop() override;

 protected:
  // `hub` must outlive all calls. `too_late` is told to who has waited for `patience`.
  ReadBack(Hub& hub, std::chrono::milliseconds patience, std::string too_late);
  // The record is in the log at this offset. `done` is called once: OK when it has been read,
  // Unavailable when that took too long.
  void Written(int64_t offset, Done done);

 private:
  struct Waiting {
    Done done;
    Hub::Clock::time_point deadline;
  };

  Hub& hub_;
  const std::string too_late_;
  Mutex mutex_;
  std::chrono::milliseconds patience_ ABSL_GUARDED_BY(mutex_);
  int64_t end_ ABSL_GUARDED_BY(mutex_) = 0;
  // By the record's offset.
  std::multimap<int64_t, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
