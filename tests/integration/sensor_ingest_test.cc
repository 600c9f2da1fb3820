// sensor-ingest as a process, over real Kafka and real mutual TLS.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/ingest_testing.h"
#include "tocsin/v1/sensor_ingest_service.grpc.pb.h"

namespace tocsin {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::tocsin::testing::IngestProcess;

constexpr char kMission[] = "binuca";
constexpr char kTopic[] = "mission.binuca.sensors.v1";

v1::Event Heartbeat(const std::string& id) {
  v1::Event event = testing::GoodReport(kMission, id);
  event.set_type("feed.heartbeat");
  event.clear_texts();
  event.clear_label();
  return event;
}

// One connection of a feed.
class Connection {
 public:
  Connection(int port, const std::string& feed, const std::string& session,
             const std::string& role = "sensor")
      : stub_(v1::SensorIngestService::NewStub(testing::ChannelAs(port, kMission, role, "feeds"))) {
    context_.set_wait_for_ready(true);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = stub_->Stream(&context_);
    v1::StreamRequest request;
    request.mutable_hello()->set_feed(feed);
    request.mutable_hello()->set_session(session);
    stream_->Write(request);
    v1::StreamResponse response;
    if (stream_->Read(&response)) {
      EXPECT_TRUE(response.has_welcome());
      acknowledged_ = response.welcome().acknowledged();
      window_ = response.welcome().window();
    }
  }

  bool Send(int64_t sequence, const v1::Event& event) {
    v1::StreamRequest request;
    request.mutable_reading()->set_sequence(sequence);
    *request.mutable_reading()->mutable_event() = event;
    return stream_->Write(request);
  }
  // Reads until this one is acknowledged; false if the stream ends before.
  bool Await(int64_t sequence) {
    v1::StreamResponse response;
    while (acknowledged_ < sequence) {
      if (!stream_->Read(&response)) return false;
      EXPECT_GT(response.acknowledgement().acknowledged(), acknowledged_);
      acknowledged_ = response.acknowledgement().acknowledged();
      for (const v1::Receipt& refused : response.acknowledgement().refused()) {
        refused_.push_back(refused);
      }
    }
    return true;
  }
  grpc::Status Close() {
    stream_->WritesDone();
    return End();
  }
  grpc::Status End() {
    v1::StreamResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }
  int64_t acknowledged() const { return acknowledged_; }
  int window() const { return window_; }
  const std::vector<v1::Receipt>& refused() const { return refused_; }

 private:
  std::unique_ptr<v1::SensorIngestService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamRequest, v1::StreamResponse>> stream_;
  int64_t acknowledged_ = -1;
  int window_ = 0;
  std::vector<v1::Receipt> refused_;
};

std::vector<std::string> IdsOf(const std::string& feed) {
  std::vector<std::string> ids;
  for (const auto& logged : testing::ReadTopic(kTopic)) {
    if (logged.event.attributes().at("feed") == feed) ids.push_back(logged.event.id());
  }
  return ids;
}

std::vector<std::string> Numbered(const std::string& stem, int count) {
  std::vector<std::string> ids;
  for (int i = 1; i <= count; ++i) ids.push_back(stem + std::to_string(i));
  return ids;
}

class SensorIngest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    process_ = std::make_unique<IngestProcess>(SENSOR_INGEST, "sensors", kMission, "window: 8\n");
    process_->Start();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(process_->Stop(), 0);
    process_.reset();
  }
  static std::unique_ptr<IngestProcess> process_;
};
std::unique_ptr<IngestProcess> SensorIngest::process_;

TEST_F(SensorIngest, ReadingsAreAcknowledgedInOrderAndOnTheTopic) {
  Connection feed(process_->port(), "order-1", "s1");
  EXPECT_EQ(feed.acknowledged(), 0);
  EXPECT_EQ(feed.window(), 8);
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(feed.Send(i, Heartbeat("order-" + std::to_string(i))));
    if (i % 5 == 0) {
      ASSERT_TRUE(feed.Await(i - 4));
    }
  }
  EXPECT_TRUE(feed.Await(100));
  EXPECT_TRUE(feed.Close().ok());
  EXPECT_THAT(feed.refused(), SizeIs(0));
  EXPECT_EQ(IdsOf("order-1"), Numbered("order-", 100));
  for (const auto& logged : testing::ReadTopic(kTopic)) {
    if (logged.event.id() == "order-1") {
      EXPECT_EQ(logged.record.key, "order-1");
      EXPECT_THAT(logged.record.headers, Contains(Pair("tocsin_sequence", "1")));
      EXPECT_EQ(logged.event.label().tlp(), v1::TLP_AMBER) << "the desk's default";
      EXPECT_EQ(logged.event.flags_size(), 0);
    }
  }
}

TEST_F(SensorIngest, ARefusedReadingDoesNotStopTheFeed) {
  Connection feed(process_->port(), "refused-1", "s1");
  v1::Event bad = Heartbeat("bad");
  bad.mutable_place()->mutable_point()->set_longitude(1000);
  v1::Event foreign = Heartbeat("foreign");
  (*foreign.mutable_attributes())["feed"] = "another";
  v1::Event garbled = Heartbeat("garbled");
  garbled.mutable_place()->set_name("\xff");
  ASSERT_TRUE(feed.Send(1, Heartbeat("good-1")));
  ASSERT_TRUE(feed.Send(2, bad));
  ASSERT_TRUE(feed.Send(3, foreign));
  ASSERT_TRUE(feed.Send(4, garbled));
  ASSERT_TRUE(feed.Send(5, Heartbeat("good-2")));
  ASSERT_TRUE(feed.Send(6, Heartbeat("good-1")));  // again
  EXPECT_TRUE(feed.Await(6));
  ASSERT_THAT(feed.refused(), SizeIs(3));
  EXPECT_EQ(feed.refused()[0].errors(0).field(), "place.point.longitude");
  EXPECT_EQ(feed.refused()[1].errors(0).code(), "wrong_feed");
  EXPECT_EQ(feed.refused()[2].errors(0).code(), "invalid_utf8");
  EXPECT_TRUE(feed.Close().ok());
  EXPECT_EQ(IdsOf("refused-1"), (std::vector<std::string>{"good-1", "good-2"}));
  EXPECT_EQ(Connection(process_->port(), "refused-1", "s1").acknowledged(), 6);
}

TEST_F(SensorIngest, AProtocolErrorEndsTheStreamWithAReason) {
  Connection gap(process_->port(), "gap-1", "s1");
  ASSERT_TRUE(gap.Send(1, Heartbeat("gap-1")));
  gap.Send(3, Heartbeat("gap-3"));
  const grpc::Status status = gap.End();
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("3 does not follow"));
  EXPECT_EQ(Connection(process_->port(), "gap-1", "s1").acknowledged(), 1);
  EXPECT_EQ(Connection(process_->port(), "bad feed", "s1").End().error_code(),
            grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Connection(process_->port(), "f", "").End().error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Connection(process_->port(), "f", "s", "reporting-officer").End().error_code(),
            grpc::PERMISSION_DENIED);
}

TEST_F(SensorIngest, ANewConnectionTakesThePlaceOfTheOld) {
  Connection old(process_->port(), "twice-1", "s1");
  ASSERT_TRUE(old.Send(1, Heartbeat("twice-1")));
  ASSERT_TRUE(old.Await(1));
  Connection fresh(process_->port(), "twice-1", "s1");
  EXPECT_EQ(fresh.acknowledged(), 1);
  EXPECT_EQ(old.End().error_code(), grpc::ABORTED);
  ASSERT_TRUE(fresh.Send(2, Heartbeat("twice-2")));
  EXPECT_TRUE(fresh.Await(2));
}

TEST_F(SensorIngest, NoMoreThanTheWindowIsRead) {
  testing::KafkaBroker& broker = testing::KafkaBroker::Get();
  Connection feed(process_->port(), "window-1", "s1");
  ASSERT_TRUE(feed.Send(1, Heartbeat("window-1")));
  ASSERT_TRUE(feed.Await(1));
  broker.Pause();
  for (int i = 2; i <= 40; ++i) ASSERT_TRUE(feed.Send(i, Heartbeat("window-" + std::to_string(i))));
  EXPECT_TRUE(testing::Eventually([&] {
    return process_->Get("/metrics").find("tocsin_ingest_in_flight 8\n") != std::string::npos;
  })) << process_->Get("/metrics");
  broker.Resume();
  // Depending on how long Kafka stood still, the feed goes on here or on a new connection.
  if (!feed.Await(40)) {
    EXPECT_EQ(feed.End().error_code(), grpc::UNAVAILABLE);
    ASSERT_TRUE(testing::Eventually([&] { return process_->Ready(); }));
    Connection again(process_->port(), "window-1", "s1");
    for (int64_t i = again.acknowledged() + 1; i <= 40; ++i) {
      ASSERT_TRUE(again.Send(i, Heartbeat("window-" + std::to_string(i))));
    }
    ASSERT_TRUE(again.Await(40));
  }
  EXPECT_EQ(IdsOf("window-1"), Numbered("window-", 40));
}

TEST(SensorIngestProcess, AFeedGoesOnAfterAKillWithoutLossOrDoubling) {
  IngestProcess process(SENSOR_INGEST, "sensors", kMission,
                        "feeds: {kill-1: {floor: {tlp: red}}}\n");
  process.Start();
  constexpr int kCount = 300;
  int64_t next = 1;
  for (int round = 0; round < 4; ++round) {
    {
      Connection feed(process.port(), "kill-1", "s1");
      ASSERT_LE(feed.acknowledged() + 1, next) << "what was never sent is not acknowledged";
      const int64_t until = round == 3 ? kCount : feed.acknowledged() + 70;
      for (next = feed.acknowledged() + 1; next <= until; ++next) {
        ASSERT_TRUE(feed.Send(next, Heartbeat("kill-" + std::to_string(next))));
      }
      // Some of the last are in flight when it dies.
      ASSERT_TRUE(feed.Await(until - (round == 3 ? 0 : 30)));
    }
    if (round == 3) break;
    process.Kill9();
    // The view is made from the log alone.
    if (round == 1) std::filesystem::remove_all(process.state_folder());
    process.Start();
  }
  EXPECT_EQ(IdsOf("kill-1"), Numbered("kill-", kCount));
  for (const auto& logged : testing::ReadTopic(kTopic)) {
    if (logged.event.id() == "kill-1") {
      EXPECT_EQ(logged.event.label().tlp(), v1::TLP_RED);
    }
  }
  EXPECT_EQ(Connection(process.port(), "undeclared", "s1").End().error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(process.Stop(), 0);
}

}  // namespace
}  // namespace tocsin
