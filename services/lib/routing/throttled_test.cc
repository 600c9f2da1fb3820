// Rules that overdrew their budget: docs/decisions/0016.
#include "lib/routing/throttled.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Throttle ThrottleOf(const std::string& rule, Timeline& line, int32_t partition = 0) {
  return {RuleId(rule), line.router().rules_digest(), partition};
}

TEST(Throttled, EveryPartitionHearsOfItOnce) {
  Timeline line;
  line.Activate();
  ASSERT_TRUE(line.Feed(kRules, ThrottleOf("by-area", line)).ok());
  ASSERT_THAT(line.Records<Control>(), SizeIs(4));
  for (const Control& control : line.Records<Control>()) {
    EXPECT_THAT(control.throttled, ElementsAre(RuleId("by-area")));
    EXPECT_EQ(control.activation.digest, line.router().rules_digest());
  }
  ASSERT_TRUE(line.Feed(kRules, ThrottleOf("by-area", line, 3)).ok());
  EXPECT_THAT(line.Records<Control>(), IsEmpty());
  line.Restart();
  ASSERT_TRUE(line.Feed(kRules, ThrottleOf("by-feed", line)).ok());
  ASSERT_THAT(line.Records<Control>(), SizeIs(4));
  EXPECT_THAT(line.Records<Control>()[0].throttled,
              ElementsAre(RuleId("by-area"), RuleId("by-feed")));
}

TEST(Throttled, OfOtherRulesItMeansNothing) {
  Timeline line;
  line.Activate();
  Throttle throttle = ThrottleOf("by-area", line);
  throttle.rules_digest = "of yesterday";
  ASSERT_TRUE(line.Feed(kRules, throttle).ok());
  EXPECT_THAT(line.Records<Control>(), IsEmpty());
}

TEST(Throttled, AnotherVersionOfTheRuleIsTriedAgainAndNoOther) {
  Timeline line;
  line.Activate();
  ASSERT_TRUE(line.Feed(kRules, ThrottleOf("by-area", line)).ok());
  ASSERT_TRUE(line.Feed(kRules, ThrottleOf("by-feed", line)).ok());
  std::vector<Document> documents = Documents();
  for (Document& document : documents) {
    if (document.name != "by-area") continue;
    document.text.replace(document.text.find("window: 5d"), 10, "window: 2d");
    document.sha256 = Sha256Hex(document.text);
  }
  line.Activate(documents);
  ASSERT_THAT(line.Records<Control>(), SizeIs(4));
  EXPECT_THAT(line.Records<Control>()[0].throttled, ElementsAre(RuleId("by-feed")));
}

}  // namespace
}  // namespace tocsin::testing_pack
