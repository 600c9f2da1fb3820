#include "gateway/send_window.h"

#include <deque>

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int64_t kMost = 256 << 10;

// A link of so many bytes a second and so long a way there and back, that always has something to
// send; messages of one size.
class Link {
 public:
  Link(int64_t bytes_per_s, nanoseconds round_trip) : rate_(bytes_per_s), round_trip_(round_trip) {}

  // Bytes that arrived in this time; the longest wait of a message for those before it.
  int64_t Run(SendWindow& window, seconds time, int64_t message = 2000) {
    const SendWindow::Time end = now_ + time;
    int64_t arrived = 0;
    longest_ = nanoseconds(0);
    while (now_ < end) {
      while (window.open()) {
        window.Sent(message, now_);
        free_ = std::max(free_, now_) + nanoseconds(message * 1'000'000'000 / rate_);
        longest_ = std::max<nanoseconds>(longest_, free_ - now_);
        arrivals_.push_back(free_ + round_trip_);
      }
      now_ = arrivals_.front();
      arrivals_.pop_front();
      EXPECT_TRUE(window.Received(++received_, now_));
      arrived += message;
    }
    return arrived;
  }
  nanoseconds longest() const { return longest_; }

 private:
  const int64_t rate_;
  const nanoseconds round_trip_;
  SendWindow::Time now_{std::chrono::hours(1)};
  SendWindow::Time free_{};
  std::deque<SendWindow::Time> arrivals_;
  int64_t received_ = 0;
  nanoseconds longest_{0};
};

TEST(SendWindowTest, ASlowLinkIsKeptBusyAndNothingWaitsLong) {
  SendWindow window(kMost);
  Link link(16'000, milliseconds(100));  // 128 kbit/s
  link.Run(window, seconds(5));
  const int64_t arrived = link.Run(window, seconds(60));
  EXPECT_GT(arrived, 60 * 16'000 * 9 / 10);
  EXPECT_LT(link.longest(), seconds(2));
}

TEST(SendWindowTest, ASatelliteIsNoReasonToSendLess) {
  SendWindow window(kMost);
  Link link(64'000, milliseconds(700));
  link.Run(window, seconds(20));
  EXPECT_GT(link.Run(window, seconds(60)), 60 * 64'000 * 8 / 10);
  EXPECT_LT(link.longest(), seconds(3));
}

TEST(SendWindowTest, AQuickLinkHasTheWholeWindowSoon) {
  SendWindow window(kMost);
  Link link(100'000'000, milliseconds(1));
  link.Run(window, seconds(1));
  EXPECT_EQ(window.size(), kMost);
}

TEST(SendWindowTest, AnIdleClientKeepsItsWindowAndASilentOneGetsNoMore) {
  SendWindow window(kMost);
  const SendWindow::Time start{std::chrono::hours(1)};
  for (int n = 1; n <= 1000; ++n) {
    window.Sent(500, start + seconds(n));
    ASSERT_TRUE(window.Received(n, start + seconds(n) + milliseconds(5)));
  }
  EXPECT_EQ(window.size(), 16 << 10);  // never filled
  int64_t sent = 0;
  while (window.open()) {
    window.Sent(500, start);
    sent += 500;
  }
  EXPECT_EQ(window.under_way(), sent);
  EXPECT_LE(sent, (16 << 10) + 500);
}

TEST(SendWindowTest, NumbersThatWereNeverSent) {
  SendWindow window(kMost);
  const SendWindow::Time now{std::chrono::hours(1)};
  EXPECT_FALSE(window.Received(1, now));
  window.Sent(10, now);
  window.Sent(20, now);
  EXPECT_FALSE(window.Received(0, now));
  EXPECT_FALSE(window.Received(3, now));
  EXPECT_TRUE(window.Received(2, now));
  EXPECT_EQ(window.under_way(), 0);
  EXPECT_TRUE(window.Received(1, now));  // late
  EXPECT_EQ(window.under_way(), 0);
}

TEST(SendWindowTest, AMessageThatIsLargerThanTheWindowGoesAlone) {
  SendWindow window(1000);
  const SendWindow::Time now{std::chrono::hours(1)};
  ASSERT_TRUE(window.open());
  window.Sent(50'000, now);
  EXPECT_FALSE(window.open());
  ASSERT_TRUE(window.Received(1, now));
  EXPECT_TRUE(window.open());
}

}  // namespace
}  // namespace tocsin::gateway
