#include "router/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"

namespace tocsin {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Pack Shipped() {
  const std::vector<MissionId> live = {MissionId("minurcat"), MissionId("unamid")};
  const auto documents = LoadPackFiles("rules");
  EXPECT_TRUE(documents.ok()) << documents.status();
  auto pack = ParsePack(*documents, live);
  EXPECT_TRUE(pack.ok()) << pack.status();
  return *std::move(pack);
}

TEST(Retention, TheShippedRulesFitTheTopicsThatTheToolMakes) {
  const LongestRule longest = FindLongestRule(Shipped());
  EXPECT_EQ(longest.rule, "indicator-surge");
  std::map<std::string, milliseconds> retention;
  for (const TopicSpec& topic : ProjectTopics({.missions = {MissionId("minurcat")}})) {
    if (TopicsThatStateNeeds({MissionId("minurcat")}).contains(topic.name)) {
      retention[topic.name] = topic.retention;
    }
  }
  EXPECT_EQ(retention.size(), 5U);
  EXPECT_TRUE(CheckRetention(longest, retention).ok());
}

TEST(Retention, TheRuleThatReachesFurthestIsNamed) {
  Pack pack = Shipped();
  for (Rule& rule : pack.rules) {
    if (rule.id.str() == "feed-silent") rule.lifetime = days(500);
  }
  const LongestRule longest = FindLongestRule(pack);
  EXPECT_EQ(longest.rule, "feed-silent");
  EXPECT_EQ(longest.horizon, days(500));
  pack.rules.clear();
  EXPECT_EQ(FindLongestRule(pack).horizon, Duration(0));
}

TEST(Retention, EveryTopicThatIsKeptTooShortIsNamedWithWhatItNeeds) {
  const LongestRule longest = {"slow", days(30)};
  const milliseconds enough = days(30);
  EXPECT_TRUE(CheckRetention(longest, {{"a", enough}, {"b", milliseconds(-1)}}).ok());
  const absl::Status status = CheckRetention(
      longest, {{"a", enough}, {"b", enough - milliseconds(1)}, {"c", milliseconds(0)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("topic b: retention.ms is 2591999999, and rule slow needs at least "
                              "2592000000 (30 days)"),
                    HasSubstr("topic c: retention.ms is 0, "), Not(HasSubstr("topic a"))));
}

}  // namespace
}  // namespace tocsin
