// A deployment whose topics are not made for as many router tasks: each of them says so at its
// start, with the key, the topic and its number of partitions.
#include <stop_token>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/kafka/topic_set.h"
#include "router/app.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

const MissionId kMinurcat("minurcat");
const MissionId kUnamid("unamid");

class RouterRefusals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<TopicSpec> topics = ProjectTopics(
        {.missions = {kMinurcat, kUnamid}, .mission_partitions = 2, .router_tasks = 4});
    // As nobody's tool would make it.
    for (TopicSpec& topic : topics) {
      if (topic.name == kMatchesTopic) topic.partitions = 3;
    }
    const absl::Status made = EnsureTopics(testing::KafkaBroker::Get().config(), topics);
    ASSERT_TRUE(made.ok()) << made;
  }

  // Ends by itself, before it waits for anybody's rules.
  static absl::Status Run(RouterTask router) {
    RouterServiceOptions options;
    options.kafka = testing::KafkaBroker::Get().config();
    options.state_dir = testing::KafkaBroker::Get().Folder("refused");
    options.router = router;
    options.task = "router-" + std::to_string(router.index);
    options.group = options.task;
    options.missions = options.live_missions = {kMinurcat, kUnamid};
    auto ops = Ops::Start("127.0.0.1", 0);
    if (!ops.ok()) return ops.status();
    return RunRouter(options, **ops, std::stop_token());
  }

  static void ExpectRefused(const absl::Status& status, const std::string& reason) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
    EXPECT_THAT(std::string(status.message()), HasSubstr("docs/scaling.md"));
  }
};

TEST_F(RouterRefusals, TooFewPartitionsOfTheJournal) {
  for (const int32_t index : {0, 4}) {
    ExpectRefused(Run({index, 5}), "router_tasks: is 5, but fusion.journal.v1 has 4 partitions");
  }
}

TEST_F(RouterRefusals, TooFewPartitionsForWhatComesBack) {
  ExpectRefused(Run({0, 4}), "router_tasks: is 4, but fusion.matches.v1 has 3 partitions");
}

TEST_F(RouterRefusals, NoPartitionOfAnyMissionForIt) {
  ExpectRefused(Run({2, 3}),
                "router_tasks: is 3, but no topic of a mission has a partition for router task 2");
}

}  // namespace
}  // namespace tocsin
