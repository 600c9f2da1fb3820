#include "gateway/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"

namespace tocsin::gateway {
namespace {

using ::testing::HasSubstr;

class Silent final : public Sessions::Watch {
 public:
  void Superseded() override {}
};

std::shared_ptr<Sessions::Watch> Make() { return std::make_shared<Silent>(); }

TEST(SessionsTest, TheNewerOneOfADeviceAndNameHasThePlace) {
  Sessions sessions;
  const Principal device = testing::Caller("unamid");
  const auto first = Make();
  const auto second = Make();
  EXPECT_EQ(*sessions.Take(device, "", first), nullptr);
  EXPECT_EQ(*sessions.Take(device, "", second), first);
  // What the older one leaves is not its own any more.
  sessions.Leave(device, "", *first);
  EXPECT_EQ(*sessions.Take(device, "", Make()), second);
}

TEST(SessionsTest, OtherNamesRolesAndMissionsAreOthers) {
  Sessions sessions;
  EXPECT_EQ(*sessions.Take(testing::Caller("unamid"), "", Make()), nullptr);
  EXPECT_EQ(*sessions.Take(testing::Caller("unamid"), "map", Make()), nullptr);
  EXPECT_EQ(*sessions.Take(testing::Caller("unamid", Role::kLiaison), "", Make()), nullptr);
  EXPECT_EQ(*sessions.Take(testing::Caller("unmis"), "", Make()), nullptr);
}

TEST(SessionsTest, ADeviceHasAsManyAsItMayAndNotMore) {
  Sessions sessions;
  const Principal device = testing::Caller("unamid");
  std::vector<std::shared_ptr<Sessions::Watch>> watches;
  for (size_t n = 0; n < Sessions::kMostOfOneDevice; ++n) {
    watches.push_back(Make());
    ASSERT_TRUE(sessions.Take(device, StrCat("s", n), watches.back()).ok());
  }
  const auto refused = sessions.Take(device, "one-more", Make());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.status().message(), HasSubstr("subscribe.session"));
  EXPECT_TRUE(sessions.Take(testing::Caller("unmis"), "", Make()).ok());  // another's own
  EXPECT_TRUE(sessions.Take(device, "s3", Make()).ok());                  // a place that it has
  sessions.Leave(device, "s5", *watches[5]);
  EXPECT_TRUE(sessions.Take(device, "one-more", Make()).ok());
}

TEST(SessionsTest, Names) {
  EXPECT_TRUE(CheckSessionName("").ok());
  EXPECT_TRUE(CheckSessionName("Map-2.north:a_b").ok());
  EXPECT_TRUE(CheckSessionName(std::string(64, 'x')).ok());
  for (const std::string& bad :
       {std::string(65, 'x'), std::string("a b"), std::string("é"), std::string("a\n")}) {
    EXPECT_EQ(CheckSessionName(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace tocsin::gateway
