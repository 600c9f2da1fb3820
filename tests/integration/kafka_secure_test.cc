// A cluster behind TLS and SASL, reached by the properties of librdkafka alone.

#include <absl/strings/match.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/kafka/transactional.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

// Nobody who got a setting wrong waits for longer, whichever client it is.
constexpr seconds kBound{25};

KafkaConfig Quiet(KafkaConfig config) {
  config.log = [](int, const std::string&) {};
  return config;
}

OutputRecord Record(const SourceId& target, const std::string& value) {
  OutputRecord record;
  record.target = target;
  record.key = "k";
  record.value = value;
  return record;
}

TEST(SecureClusterTest, TopicToolProducersAndConsumerWorkByPropertiesAlone) {
  const KafkaConfig config = KafkaBroker::GetSecure().secure_config();
  TopicSpec spec;
  spec.name = Unique("secure");
  const absl::Status made = EnsureTopics(config, {spec});
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_TRUE(CheckTopics(config, {spec}).ok());
  EXPECT_TRUE(ReadEpoch(config, spec.name).ok());
  const SourceId topic{spec.name, 0};

  auto producer = Producer::Create(config, "secure-producer");
  ASSERT_TRUE(producer.ok()) << producer.status();
  ASSERT_TRUE((*producer)->Produce(Record(topic, "idempotent"), nullptr).ok());
  const absl::Status flushed = (*producer)->Flush(seconds(30));
  ASSERT_TRUE(flushed.ok()) << flushed;

  auto transactional = TransactionalProducer::Create(config, {.id = Unique("secure-writer")});
  ASSERT_TRUE(transactional.ok()) << transactional.status();
  const absl::Status started = (*transactional)->Init();
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_TRUE((*transactional)->Begin().ok());
  ASSERT_TRUE((*transactional)->Produce(Record(topic, "transactional")).ok());
  ASSERT_TRUE((*transactional)->SendOffsets({{topic, {2, ""}}}, "secure-group").ok());
  const absl::Status committed = (*transactional)->Commit();
  ASSERT_TRUE(committed.ok()) << committed;

  auto consumer = Consumer::Create(config, "secure-group");
  ASSERT_TRUE(consumer.ok()) << consumer.status();
  EXPECT_EQ((*consumer)->PartitionCount(spec.name).value_or(0), 1);
  const auto position = (*consumer)->Committed({topic});
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(*position, (CommittedOffsets{{topic, {2, ""}}}));
  ASSERT_TRUE((*consumer)->Assign({{topic, Consumer::kBeginning}}).ok());
  std::vector<std::string> values;
  EXPECT_TRUE(Eventually([&] {
    const auto polled = (*consumer)->Poll(10, milliseconds(100));
    EXPECT_TRUE(polled.ok()) << polled.status();
    for (const InputRecord& record : polled->records) values.push_back(record.value);
    return values.size() >= 2;
  }));
  EXPECT_THAT(values, ElementsAre("idempotent", "transactional"));
}

// What each client says when the broker and it refuse each other.
class RefusedTest : public ::testing::Test {
 protected:
  template <class Call>
  void Expect(const std::string& who, const KafkaConfig& config, const std::string& setting,
              Call call) {
    const auto before = Clock::now();
    const absl::Status status = call();
    EXPECT_LT(Clock::now() - before, kBound) << who;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << who << ": " << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(setting), HasSubstr(config.bootstrap_servers)))
        << who;
    for (const auto& [name, value] : config.properties) {
      if (name == "sasl.password") {
        EXPECT_FALSE(absl::StrContains(status.message(), value)) << who << " tells the password";
      }
    }
  }

  void ExpectAll(const KafkaConfig& config, const std::string& setting) {
    Expect("topics", config, setting, [&] {
      TopicSpec spec;
      spec.name = "never-made";
      return EnsureTopics(config, {spec});
    });
    Expect("consumer", config, setting, [&] {
      auto consumer = Consumer::Create(config, "refused");
      return consumer.ok() ? (*consumer)->Watermarks({"never-made", 0}).status()
                           : consumer.status();
    });
    Expect("producer", config, setting, [&] {
      KafkaConfig impatient = config;
      impatient.properties["message.timeout.ms"] = "3000";
      auto producer = Producer::Create(impatient, "refused");
      if (!producer.ok()) return producer.status();
      absl::Status outcome;
      const absl::Status queued = (*producer)->Produce(
          Record({"never-made", 0}, "v"),
          [&](const absl::StatusOr<int64_t>& offset) { outcome = offset.status(); });
      if (!queued.ok()) return queued;
      const absl::Status flushed = (*producer)->Flush(kBound);
      EXPECT_TRUE(flushed.ok()) << flushed;
      producer->reset();
      return outcome;
    });
    Expect("transactional producer", config, setting, [&] {
      auto producer = TransactionalProducer::Create(config, {.id = "refused"});
      return producer.ok() ? (*producer)->Init() : producer.status();
    });
  }
};

TEST_F(RefusedTest, AWrongPassword) {
  KafkaConfig config = Quiet(KafkaBroker::GetSecure().secure_config());
  config.properties["sasl.password"] = "not-the-password";
  ExpectAll(config, "sasl.password");
}

TEST_F(RefusedTest, AnAuthorityThatDidNotSignTheBroker) {
  KafkaBroker& broker = KafkaBroker::GetSecure();
  KafkaConfig config = Quiet(broker.secure_config());
  const std::string other = MakeCertificates(broker.Folder("other-pki"), "local/service/other");
  config.properties["ssl.ca.location"] = other + "/ca.crt";
  ExpectAll(config, "ssl.ca.location");
}

TEST_F(RefusedTest, NoTlsWhereThereShouldBe) {
  KafkaConfig config = Quiet(KafkaBroker::GetSecure().secure_config());
  config.properties.clear();
  Expect("consumer", config, "security.protocol", [&] {
    auto consumer = Consumer::Create(config, "refused");
    return consumer.ok() ? (*consumer)->PartitionCount("never-made").status() : consumer.status();
  });
}

TEST_F(RefusedTest, AFileOfCertificatesThatIsNotThere) {
  KafkaConfig config = KafkaBroker::GetSecure().secure_config();
  config.properties["ssl.ca.location"] = "/no/such/ca.crt";
  const absl::Status status = Producer::Create(config, "refused").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("ssl.ca.location"));
}

}  // namespace
}  // namespace tocsin::testing
