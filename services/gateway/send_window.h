// How much may be on its way to one client: what was sent and the client has not yet said that it
// has. gRPC itself takes megabytes for a client that does not read; on a slow link whatever is
// ahead of an urgent warning delays it.
//
// The window follows the link: it grows while what is sent is soon there and shrinks when it waits
// on the way for longer than a second (as LEDBAT, RFC 6817, does with its target delay). Time is
// passed in. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace tocsin::gateway {

class SendWindow {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Never more than `most` bytes on their way, but for one message that is larger than what is
  // left.
  explicit SendWindow(int64_t most);

  // Whether another message may be sent.
  bool open() const { return under_way_ < window_; }
  // A message was sent; messages are numbered 1, 2, ...
  void Sent(int64_t bytes, Time now);
  int64_t last_sent() const { return sent_; }
  // The client has everything up to this message. False: it was never sent. One that is known to be
  // there already changes nothing.
  bool Received(int64_t number, Time now);

  int64_t under_way() const { return under_way_; }
  int64_t size() const { return window_; }

 private:
  struct Message {
    int64_t bytes = 0;
    Time sent;
    bool filled = false;  // the window was full after it
  };

  const int64_t most_;
  int64_t window_;
  int64_t under_way_ = 0;
  int64_t sent_ = 0;
  int64_t shrunk_at_ = 0;         // shrinks again only for what was sent after that
  std::deque<Message> messages_;  // on their way; the last one is number sent_
  std::chrono::nanoseconds least_delay_ = std::chrono::nanoseconds::max();
};

}  // namespace tocsin::gateway
