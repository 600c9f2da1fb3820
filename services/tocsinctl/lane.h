// One ordered way into one ingest service: offers events, reconnects, and reports what became of
// each.
//
// Offering is idempotent by identity, so after a break everything unacknowledged is offered again.
// Add is thread-safe; callbacks run on the lane's threads, one at a time and in the order of Add.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include "lib/base/mutex.h"
#include "tocsin/v1/sitrep_ingest_service.pb.h"

namespace tocsin::ctl {

struct LaneOptions {
  std::string name;                 // for messages: "sitrep-ingest of unamid"
  std::chrono::seconds retry{120};  // gives up after so long without an acknowledgement
  // Every event that was added, with its receipt.
  std::function<void(size_t index, const v1::Receipt& receipt)> done;
  // The lane has given up; nothing more comes from it.
  std::function<void(const absl::Status& status)> failed;
};

class Lane {
 public:
  Lane(std::shared_ptr<grpc::Channel> channel, LaneOptions options)
      : options_(std::move(options)), channel_(std::move(channel)) {}
  virtual ~Lane() = default;

  // `event` must outlive the lane.
  void Add(size_t index, const v1::Event* event);

 protected:
  struct Entry {
    size_t index = 0;
    const v1::Event* event = nullptr;
    int64_t sequence = 0;  // sensor lanes
    bool sent = false;     // on the present connection
  };

  // One connection, from connecting to its end. The status says why it ended.
  virtual absl::Status RunOnce(const std::stop_token& stop) = 0;

  // Derived classes call Start at the end of their constructors and Stop in their destructors.
  void Start();
  void Stop();

  // Waits until there is something to send, the connection broke, or it is time to look again.
  template <class Ready>
  void WaitFor(const std::stop_token& stop, Ready ready) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    wake_.WaitFor(mutex_, stop, std::chrono::seconds(1), ready);
  }
  // Takes the first entry off the queue and reports it.
  void Finish(const v1::Receipt& receipt) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether nothing was acknowledged for too long.
  bool Stuck() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  LaneOptions options_;
  Mutex mutex_;
  Condition wake_;
  std::deque<Entry> queue_ ABSL_GUARDED_BY(mutex_);  // unacknowledged, in order
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;      // the connection's reader has ended
  std::chrono::steady_clock::time_point progress_ ABSL_GUARDED_BY(mutex_);

 private:
  void Loop(const std::stop_token& stop);

  const std::shared_ptr<grpc::Channel> channel_;
  std::jthread thread_;
};

// Files reports by FileMany; corrections, withdrawals and regradings by their own calls, each when
// everything before it is acknowledged.
std::unique_ptr<Lane> MakeSitrepLane(const std::shared_ptr<grpc::Channel>& channel,
                                     LaneOptions options);

// Sends readings of one feed in a session of its own, never more unacknowledged than the service's
// window.
std::unique_ptr<Lane> MakeSensorLane(const std::shared_ptr<grpc::Channel>& channel,
                                     const std::string& feed, LaneOptions options);

// Waits until the channel is connected, at most so long. A synchronous client's connections make
// progress only while it waits for something, and a call that fails at once waits for nothing:
// without this a service that came back would be found at gRPC's own look every five seconds.
void AwaitConnection(grpc::Channel& channel, std::chrono::milliseconds most);

// Whether the same call may succeed later.
bool MayPass(const grpc::Status& status);
// What a refused call says, as a receipt; false if the status says nothing about the report itself.
bool ReceiptOf(const grpc::Status& status, const grpc::ClientContext& context,
               const v1::Event& event, v1::Receipt& receipt);

}  // namespace tocsin::ctl
