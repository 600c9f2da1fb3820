// A link between two programs that a test can make slow, or dead without closing it.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace tocsin::testing {

// Listens on 127.0.0.1 and passes on to a port of 127.0.0.1, in both directions.
class TcpProxy {
 public:
  explicit TcpProxy(int target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }
  // From now on nothing passes, and nobody is told.
  void Freeze() {
    const std::lock_guard lock(passing_);
    frozen_ = true;
  }
  // Bytes from the target that were passed on.
  long passed() const { return passed_; }
  // Towards the client, bytes a second; 0: as fast as it goes. For what comes from now on.
  void SetRate(long bytes_per_s) { rate_ = bytes_per_s; }

 private:
  void Accept();
  void Carry(int client, int target);

  const int target_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex passing_;  // held while something passes
  std::atomic<bool> frozen_ = false;
  std::atomic<bool> over_ = false;
  std::atomic<long> passed_ = 0;
  std::atomic<long> rate_ = 0;
  std::vector<std::thread> links_;
  std::thread acceptor_;
};

}  // namespace tocsin::testing
