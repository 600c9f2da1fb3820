// What can be tested without a broker; tests/integration has the rest.
#include <gtest/gtest.h>

#include "lib/kafka/client.h"
#include "lib/kafka/statistics.h"
#include "lib/kafka/topic_set.h"
#include "lib/kafka/transactional.h"

namespace tocsin {
namespace {

TEST(TopicSet, HasTheTopicsOfEachMissionAndOfFusion) {
  const std::vector<TopicSpec> topics = ProjectTopics(
      {.missions = {MissionId("unamid"), MissionId("minurcat")}, .keyed_partitions = 8});
  std::map<std::string, TopicSpec> by_name;
  for (const TopicSpec& topic : topics) {
    EXPECT_TRUE(by_name.emplace(topic.name, topic).second) << topic.name << " twice";
  }
  EXPECT_EQ(by_name.size(), 2 * 4 + 8u);
  EXPECT_EQ(by_name.at("mission.unamid.sitreps.v1").partitions, 2);
  EXPECT_EQ(by_name.at("mission.minurcat.dead-letters.v1").partitions, 1);
  EXPECT_EQ(by_name.at(kKeyedTopic).partitions, 8);
  EXPECT_TRUE(by_name.at(kWarningsTopic).compacted);
  EXPECT_GT(by_name.at(kWarningsTopic).min_compaction_lag, std::chrono::days(7));
  EXPECT_EQ(by_name.at("mission.unamid.actions.v1").retention, kKeptForEver);
}

TEST(Statistics, TellWhichLeadersAnswer) {
  const std::string text = R"({
    "brokers": {
      "a:1/1": {"nodeid": 1, "state": "UP", "source": "learned", "rxidle": 20},
      "GroupCoordinator": {"nodeid": 1, "state": "UP", "source": "logical", "rxidle": 900000},
      "a:2/2": {"nodeid": 2, "state": "DOWN", "source": "learned", "rxidle": 10}},
    "topics": {
      "t": {"partitions": {"0": {"leader": 1}, "1": {"leader": 2}, "2": {"leader": -1}}}}})";
  const auto silence =
      kafka_internal::LeaderSilence(text, {{"t", 0}, {"t", 1}, {"t", 2}, {"t", 3}, {"other", 0}});
  EXPECT_EQ(silence, (std::map<SourceId, int64_t>{{{"t", 0}, 20}}));
  EXPECT_EQ(kafka_internal::LeaderSilence("{", {}), std::nullopt);
  EXPECT_EQ(kafka_internal::LeaderSilence(R"({"brokers": {}})", {{"t", 0}}), std::nullopt);
}

TEST(Clients, NameTheSettingThatIsWrong) {
  const KafkaConfig config{
      .bootstrap_servers = "127.0.0.1:1", .properties = {{"no.such.setting", "1"}}, .log = {}};
  for (const absl::Status& status :
       {Consumer::Create(config, "group").status(), Producer::Create(config, "client").status(),
        TransactionalProducer::Create(config, {.id = "id"}).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find("no.such.setting"), absl::string_view::npos) << status;
  }
}

TEST(Clients, GiveUpOnABrokerThatIsNotThere) {
  const KafkaConfig config{.bootstrap_servers = "127.0.0.1:1",
                           .properties = {{"message.timeout.ms", "300"}},
                           .log = [](int, const std::string&) {}};
  std::vector<absl::StatusCode> codes;
  {
    auto producer = Producer::Create(config, "client");
    ASSERT_TRUE(producer.ok()) << producer.status();
    const OutputRecord record{.target = {"topic", 0},
                              .key = "k",
                              .value = "v",
                              .tombstone = false,
                              .headers = {{"a", "b"}}};
    const auto done = [&](const absl::StatusOr<int64_t>& offset) {
      codes.push_back(offset.status().code());
    };
    ASSERT_TRUE((*producer)->Produce(record, done).ok());
    EXPECT_TRUE((*producer)->Flush(std::chrono::seconds(20)).ok());
    EXPECT_EQ(codes.size(), 1u);
    // Not delivered when the producer goes: still answered, once.
    ASSERT_TRUE((*producer)->Produce(record, done).ok());
  }
  EXPECT_EQ(codes, (std::vector<absl::StatusCode>(2, absl::StatusCode::kUnavailable)));
}

TEST(Clients, AProducerThatEndsHasToldOfEachRecordOnce) {
  std::vector<int> told(3);
  {
    auto producer = Producer::Create({.bootstrap_servers = "127.0.0.1:1",
                                      .properties = {},
                                      .log = [](int, const std::string&) {}},
                                     "client");
    ASSERT_TRUE(producer.ok()) << producer.status();
    // The first is on its way to nowhere, the others wait for it.
    for (int& one : told) {
      const auto done = [&one](const absl::StatusOr<int64_t>& offset) {
        EXPECT_FALSE(offset.ok());
        ++one;
      };
      OutputRecord record;
      record.target = {"topic", 0};
      record.value = "value";
      EXPECT_TRUE((*producer)->Produce(record, done).ok());
    }
    EXPECT_FALSE((*producer)->Flush(std::chrono::milliseconds(1)).ok());
  }
  EXPECT_EQ(told, std::vector<int>(3, 1));
}

}  // namespace
}  // namespace tocsin
