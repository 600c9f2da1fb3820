#include "tests/integration/tcp_proxy.h"

#include <array>
#include <chrono>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::testing {
namespace {

constexpr int kPollMs = 20;

sockaddr_in Local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool WriteAll(int to, const char* data, ssize_t size) {
  while (size > 0) {
    const ssize_t written = send(to, data, static_cast<size_t>(size), MSG_NOSIGNAL);
    if (written <= 0) return false;
    data += written;
    size -= written;
  }
  return true;
}

}  // namespace

TcpProxy::TcpProxy(int target) : target_(target) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Local(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 16), 0);
  EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  over_ = true;
  acceptor_.join();
  for (std::thread& link : links_) link.join();
  close(listener_);
}

void TcpProxy::Accept() {
  while (!over_) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, kPollMs) <= 0) continue;
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    // What waits on the way waits in the sender, not here.
    const int small = 4096;
    setsockopt(client, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    const int target = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(target, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address = Local(target_);
    if (connect(target, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(target);
      close(client);
      continue;
    }
    links_.emplace_back([this, client, target] { Carry(client, target); });
  }
}

void TcpProxy::Carry(int client, int target) {
  using Clock = std::chrono::steady_clock;
  std::array<char, 1024> buffer{};
  Clock::time_point free = Clock::now();
  bool open = true;
  while (open && !over_) {
    if (frozen_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
      continue;
    }
    const bool may_pass = rate_ == 0 || Clock::now() >= free;
    std::array<pollfd, 2> ready{{{client, POLLIN, 0}, {may_pass ? target : -1, POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), may_pass ? kPollMs : 1) <= 0) continue;
    const std::lock_guard lock(passing_);
    if (frozen_) continue;
    if (ready[0].revents != 0) {
      const ssize_t size = recv(client, buffer.data(), buffer.size(), 0);
      open = size > 0 && WriteAll(target, buffer.data(), size);
    }
    if (open && ready[1].revents != 0) {
      const ssize_t size = recv(target, buffer.data(), buffer.size(), 0);
      open = size > 0 && WriteAll(client, buffer.data(), size);
      passed_ += size;
      if (const long rate = rate_; open && rate > 0) {
        free = std::max(free, Clock::now()) + std::chrono::nanoseconds(size * 1'000'000'000 / rate);
      }
    }
  }
  close(client);
  close(target);
}

}  // namespace tocsin::testing
