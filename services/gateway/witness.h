// What watches bear witness to: that a warning was pushed, that the client has it, that a person
// has seen it. A watch never waits for the ledger: it leaves a note, and the ledger's thread takes
// them.
//
// Only watches of those who may act on warnings count: a program or a liaison officer that has a
// warning does not mean that the watch of this centre has it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/status/status.h>

#include "gateway/cursor.h"
#include "gateway/noted.h"
#include "lib/base/mutex.h"
#include "lib/sharing/decide.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// Notes until the ledger's thread takes them. Thread-safe; what it holds is bounded, and what does
// not fit is counted and not claimed.
class WitnessBook {
 public:
  struct Resumed {
    std::string client;
    std::vector<int64_t> offsets;  // of the warnings topic: it has everything before
  };
  struct Taken {
    std::vector<Noted> notes;
    std::vector<Resumed> resumed;
    int64_t dropped = 0;  // since the last time
  };
  // The first of its warning, revision and stage is kept, as far as the book remembers.
  void Note(Noted note);
  void Resume(Resumed resumed);
  Taken Take();

  // Watches that count, and since when there are some or none.
  struct Presence {
    int64_t clients = 0;
    Time since = kUnknownTime;
  };
  void Began();
  void Ended();
  Presence presence() const;

  // Room for one more revision that a client was sent and has not acknowledged; false: none is
  // left.
  bool ReserveAwaited();
  void ReleaseAwaited(int64_t count) { awaited_ -= count; }

 private:
  using Key = std::tuple<WarningId, int32_t, ReceiptStage>;
  mutable Mutex mutex_;
  std::vector<Noted> notes_ ABSL_GUARDED_BY(mutex_);
  std::vector<Resumed> resumed_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_set<Key> known_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<Key> seen_ ABSL_GUARDED_BY(mutex_);  // since the last Take
  Presence presence_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> awaited_{0};
};

// One watch. The stream calls it under its own lock.
class Attendance {
 public:
  // `book` must outlive it.
  Attendance(WitnessBook& book, const Principal& caller);
  ~Attendance();
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

  // The subscription was accepted.
  void Subscribed(const v1::Subscribe& subscribe);
  // It is handed to the transport; where its record lies in the warnings topic.
  void Sending(const v1::Delivery& delivery, int32_t partition, int64_t offset);
  // The transport has taken what was last handed to it.
  void Pushed();
  // A cursor that the session has accepted.
  void Acknowledged(const v1::Cursor& cursor);
  // PermissionDenied: not of a watch officer's client; InvalidArgument names the field.
  absl::Status Seen(const v1::Seen& seen);

 private:
  struct Awaited {
    WarningId warning;
    int32_t revision = 0;
    int32_t partition = 0;
    int64_t offset = 0;
    Place place;  // where the client is that has it
  };
  WitnessBook& book_;
  void Note(const Awaited& awaited, ReceiptStage stage);

  const std::string client_;
  const bool counts_;
  Awaited sending_;
  std::vector<Awaited> awaited_;  // pushed, and not yet acknowledged
};

}  // namespace tocsin::gateway
