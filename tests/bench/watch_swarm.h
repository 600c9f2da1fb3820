// Many clients of Watch, each on a TLS connection of its own, for measuring: asynchronous, and each
// does what the contract asks of a client.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lib/base/mutex.h"
#include "tocsin/v1/gateway_service.grpc.pb.h"

namespace tocsin::bench {

using Clock = std::chrono::steady_clock;

// When each client got which warning.
class Arrivals {
 public:
  struct One {
    int64_t number = 0;
    Clock::time_point at;
  };
  void Add(int64_t number);
  std::vector<One> Take();
  size_t size() const;

 private:
  mutable Mutex mutex_;
  std::vector<One> all_ ABSL_GUARDED_BY(mutex_);
};

class SwarmClient;

class Swarm {
 public:
  struct Options {
    std::string target, pki, mission;
    int clients = 0;
    int sessions_of_one = 16;  // names that share a certificate: "<mission>/watch-officer/w<n>"
    std::string exercise;      // its warnings alone
  };
  explicit Swarm(Options options);
  ~Swarm();

  // All at once. They are there when each has been told that nothing waits for it, or the end of
  // its snapshot, and has got warning `number`, if that is not 0.
  void Connect(int64_t number = 0);
  // Seconds since Connect until all are there; nothing if they are not within `patience`.
  std::optional<double> AwaitAll(std::chrono::seconds patience);
  // Cancels all; their cursors are kept for the next Connect.
  void Disconnect();
  // This one reads nothing more.
  void Stall(int client);

  Arrivals arrivals;
  int connected() const { return connected_; }
  int lost() const { return lost_; }

 private:
  friend class SwarmClient;
  const Options options_;
  Clock::time_point began_;
  std::atomic<int> connected_ = 0, lost_ = 0;
  std::atomic<int64_t> awaited_ = 0;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<v1::Cursor> cursors_;
  std::vector<std::shared_ptr<SwarmClient>> clients_;
  void ReplaceLost();
};

}  // namespace tocsin::bench
