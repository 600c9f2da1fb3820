#include "gateway/rate_limits.h"

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Principal kOfficer{MissionId("unmis"), Role::kWatchOfficer, "officer-1"};
const Principal kProgram{MissionId("unmis"), Role::kLiaison, "program"};

class RateLimitsTest : public ::testing::Test {
 protected:
  int Taken(const Principal& caller, Act act, int wanted) {
    int taken = 0;
    for (int i = 0; i < wanted; ++i) taken += limits_.Take(caller, act, now_).ok() ? 1 : 0;
    return taken;
  }

  RateLimits limits_{CallRates{10, 5}};
  RateLimits::Time now_{seconds(1000)};
};

TEST_F(RateLimitsTest, ABurstAndThenTheRate) {
  EXPECT_EQ(Taken(kOfficer, Act::kReceiveWarnings, 100), 40);
  now_ += milliseconds(500);
  EXPECT_EQ(Taken(kOfficer, Act::kReceiveWarnings, 100), 5);
  now_ += seconds(3600);
  EXPECT_EQ(Taken(kOfficer, Act::kReceiveWarnings, 100), 40);
}

TEST_F(RateLimitsTest, OneIdentityTakesNothingFromAnotherNorReadsFromWrites) {
  EXPECT_EQ(Taken(kProgram, Act::kReceiveWarnings, 1000), 40);
  EXPECT_EQ(Taken(kOfficer, Act::kReceiveWarnings, 10), 10);
  EXPECT_EQ(Taken(kOfficer, Act::kActOnWarnings, 100), 20);
  EXPECT_EQ(Taken(kOfficer, Act::kReceiveWarnings, 10), 10);
}

TEST_F(RateLimitsTest, SaysWhoAndHowMany) {
  Taken(kOfficer, Act::kActOnWarnings, 20);
  const absl::Status refused = limits_.Take(kOfficer, Act::kActOnWarnings, now_);
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_EQ(
      refused.message(),
      "watch-officer/officer-1 calls more often than 5 times a second to write; try again in a "
      "second");
}

TEST_F(RateLimitsTest, ManyIdentitiesDoNotHoldMemory) {
  for (int i = 0; i < 20'000; ++i) {
    now_ += milliseconds(10);
    const Principal one{MissionId("unmis"), Role::kLiaison, "p" + std::to_string(i)};
    ASSERT_TRUE(limits_.Take(one, Act::kReceiveWarnings, now_).ok());
  }
  // Whoever has just spent all is not forgotten with the idle.
  EXPECT_EQ(Taken(kProgram, Act::kReceiveWarnings, 1000), 40);
  for (int i = 0; i < 5000; ++i) {
    const Principal one{MissionId("unmis"), Role::kLiaison, "q" + std::to_string(i)};
    ASSERT_TRUE(limits_.Take(one, Act::kReceiveWarnings, now_).ok());
  }
  EXPECT_EQ(Taken(kProgram, Act::kReceiveWarnings, 1000), 0);
}

}  // namespace
}  // namespace tocsin::gateway
