#include "gateway/hub.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

using std::chrono::hours;

class Counted final : public Hub::Member {
 public:
  Hub::Clock::time_point Pump(Hub::Clock::time_point now) override {
    EXPECT_FALSE(inside_.exchange(true)) << "on two threads at once";
    ++pumped;
    pumped.notify_all();
    while (hold) std::this_thread::yield();
    inside_ = false;
    return now + wait;
  }
  void Stop() override { stopped = true; }
  // Returns when it was pumped more often than `before`.
  void AwaitMoreThan(int before) const {
    for (int seen = pumped; seen <= before; seen = pumped) pumped.wait(seen);
  }

  std::atomic<int> pumped = 0;
  std::atomic<bool> hold = false;
  std::atomic<bool> stopped = false;
  std::chrono::nanoseconds wait = hours(1);

 private:
  std::atomic<bool> inside_ = false;
};

TEST(HubTest, PumpsWhoeverIsNotifiedAndWhoeverIsDue) {
  const auto one = std::make_shared<Counted>();
  const auto other = std::make_shared<Counted>();
  const auto often = std::make_shared<Counted>();
  often->wait = std::chrono::microseconds(100);
  Hub hub;
  for (const auto& member : {one, other, often}) ASSERT_TRUE(hub.Add(member));
  one->AwaitMoreThan(0);
  other->AwaitMoreThan(0);
  hub.Notify(*one);
  one->AwaitMoreThan(1);
  often->AwaitMoreThan(50);
  EXPECT_EQ(other->pumped, 1);
  hub.Notify();
  other->AwaitMoreThan(1);
}

TEST(HubTest, ANoticeDuringAPumpIsNotLost) {
  const auto one = std::make_shared<Counted>();
  one->hold = true;
  Hub hub;
  ASSERT_TRUE(hub.Add(one));
  one->AwaitMoreThan(0);
  hub.Notify(*one);
  hub.Notify(*one);
  one->hold = false;
  one->AwaitMoreThan(1);
}

TEST(HubTest, OneThatTakesLongDoesNotHoldUpTheOthers) {
  const auto slow = std::make_shared<Counted>();
  slow->hold = true;
  const auto quick = std::make_shared<Counted>();
  Hub hub;
  ASSERT_TRUE(hub.Add(slow));
  slow->AwaitMoreThan(0);
  ASSERT_TRUE(hub.Add(quick));
  for (int n = 0; n < 20; ++n) {
    quick->AwaitMoreThan(n);
    hub.Notify(*quick);
  }
  slow->hold = false;
}

TEST(HubTest, NoticesFromEverywhereWhileMembersComeAndGo) {
  Hub hub;
  std::atomic<bool> over = false;
  std::thread notices([&] {
    while (!over) hub.Notify();
  });
  for (int round = 0; round < 200; ++round) {
    const auto member = std::make_shared<Counted>();
    ASSERT_TRUE(hub.Add(member));
    member->AwaitMoreThan(round % 3);
    hub.Remove(member);
    hub.Notify(*member);
  }
  over = true;
  notices.join();
}

TEST(HubTest, StopsEveryMemberAndTakesNoMore) {
  const auto one = std::make_shared<Counted>();
  Hub hub;
  ASSERT_TRUE(hub.Add(one));
  hub.Stop();
  EXPECT_TRUE(one->stopped);
  EXPECT_FALSE(hub.Add(std::make_shared<Counted>()));
}

}  // namespace
}  // namespace tocsin::gateway
