// A gateway that is asked too much, wrongly or again, and its clients that it serves meanwhile.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/gateway_fixture.h"

namespace tocsin::testing {
namespace {

using ::testing::HasSubstr;

class HostileTest : public GatewayTest {
 protected:
  // One action by unamid's watch officer.
  grpc::Status Do(const GatewayProcess& gateway, const std::string& action_id,
                  const std::string& warning_id, const std::string& comment = "") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.set_warning_id(warning_id);
    request.set_action_id(action_id);
    request.set_comment(comment);
    request.mutable_detail()->mutable_acknowledge();
    v1::ActResponse answer;
    return Stub(gateway, "unamid")->Act(&context, request, &answer);
  }
  void AwaitWarning(const GatewayProcess& gateway, int n) {
    v1::GetResponse got;
    ASSERT_TRUE(Eventually(
        [&] { return Get(gateway, "unamid", "watch-officer", Make(n).id.str(), got).ok(); }));
  }
};

TEST_F(HostileTest, AFloodIsRefusedAndTakesNothingFromOthers) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  Watcher watcher(gateway.port(), Watch());
  GatewayWorld::Get().Produce({Make(1)});
  ASSERT_TRUE(watcher.Await(Has(1)));
  const auto flooding = Stub(gateway, "unamid", "liaison");
  grpc::Status refused;
  for (int i = 0; i < 5000 && refused.ok(); ++i) {
    grpc::ClientContext context;
    v1::ListResponse page;
    refused = flooding->List(&context, {}, &page);
  }
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(),
              HasSubstr("liaison/desk calls more often than 50 times a second"));
  // The officer acts, and the watch goes on.
  EXPECT_TRUE(Do(gateway, "a", Make(1).id.str()).ok());
  GatewayWorld::Get().Produce({Make(2)});
  EXPECT_TRUE(watcher.Await(Has(2)));
  EXPECT_GE(gateway.Metric("tocsin_gateway_calls_total"), 200);
}

TEST_F(HostileTest, GiantFiltersAndForgedIdsAreRefusedByName) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  v1::ListRequest request;
  for (int i = 0; i < 201; ++i) request.mutable_filter()->add_topics(std::string(100, 'x'));
  grpc::ClientContext context;
  v1::ListResponse page;
  grpc::Status status = Stub(gateway, "unamid")->List(&context, request, &page);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("filter.topics: 201 entries are more than 200"));
  GatewayWorld::Get().Produce({Make(1)});
  ASSERT_NO_FATAL_FAILURE(AwaitWarning(gateway, 1));
  const std::string id = Make(1).id.str();
  for (const std::string& forged :
       {std::string("a\nb"), std::string(129, 'a'), std::string("\xc3\xa9")}) {
    status = Do(gateway, forged, id);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("action_id"));
  }
  for (const std::string& forged :
       {std::string("../../etc/passwd"), std::string(1'000'000, 'f'), std::string()}) {
    status = Do(gateway, "a", forged);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("warning_id"));
  }
  EXPECT_EQ(Do(gateway, "a", std::string(32, 'f')).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Do(gateway, "a", id, std::string(2001, 'c')).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(HostileTest, AClientThatAcknowledgesWhatItNeverGotIsEnded) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce({Make(1)});
  ASSERT_NO_FATAL_FAILURE(AwaitWarning(gateway, 1));
  grpc::ClientContext context;
  const auto stub = Stub(gateway, "unamid");
  const auto stream = stub->Watch(&context);
  v1::WatchRequest request;
  request.mutable_subscribe()->mutable_filter()->set_exercise_id(exercise_);
  ASSERT_TRUE(stream->Write(request));
  v1::WatchResponse response;
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_TRUE(response.has_heartbeat() || response.has_snapshot_end()) << response.DebugString();
  request.Clear();
  *request.mutable_acknowledged() =
      response.has_heartbeat() ? response.heartbeat().cursor() : response.snapshot_end();
  request.mutable_acknowledged()->set_actions_offset(1'000'000);
  for (int64_t& offset : *request.mutable_acknowledged()->mutable_offsets()) offset += 1'000'000;
  ASSERT_TRUE(stream->Write(request));
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("acknowledged"));
}

}  // namespace
}  // namespace tocsin::testing
