#include "gateway/send_window.h"

#include <algorithm>

namespace tocsin::gateway {
namespace {

// On the slowest link that is catered for, 128 kbit/s, this is a second's worth.
constexpr int64_t kFirst = 16 << 10;
constexpr int64_t kLeast = 8 << 10;
constexpr std::chrono::nanoseconds kTarget = std::chrono::seconds(1);

}  // namespace

SendWindow::SendWindow(int64_t most) : most_(most), window_(std::min(kFirst, most)) {}

void SendWindow::Sent(int64_t bytes, Time now) {
  ++sent_;
  under_way_ += bytes;
  messages_.push_back({bytes, now, under_way_ >= window_});
}

bool SendWindow::Received(int64_t number, Time now) {
  if (number < 1 || number > sent_) return false;
  int64_t first = sent_ - static_cast<int64_t>(messages_.size()) + 1;
  if (number < first) return true;
  int64_t bytes = 0;
  bool filled = false;
  Time sent{};
  for (; first <= number; ++first) {
    bytes += messages_.front().bytes;
    filled = filled || messages_.front().filled;
    sent = messages_.front().sent;
    messages_.pop_front();
  }
  under_way_ -= bytes;
  // Of the newest message: older ones may have waited for the client to speak of them.
  const std::chrono::nanoseconds delay = now - sent;
  least_delay_ = std::min(least_delay_, delay);
  const std::chrono::nanoseconds queued = delay - least_delay_;
  if (queued > kTarget) {
    if (number <= shrunk_at_) return true;
    shrunk_at_ = sent_;
    // What left in that time is what the link carries; a half at most at once.
    const double share = static_cast<double>(kTarget.count()) / static_cast<double>(queued.count());
    window_ =
        std::max(kLeast, static_cast<int64_t>(static_cast<double>(window_) * std::max(0.5, share)));
  } else if (filled && queued < kTarget / 2) {
    window_ += bytes;
  }
  window_ = std::min(window_, most_);
  return true;
}

}  // namespace tocsin::gateway
