// A gateway that is asked too much, wrongly or again, and its clients that it serves meanwhile.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>

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

// All of it at once, and the gateway killed in the middle, again and again: what was answered
// holds, and holds once.
TEST_F(HostileTest, KilledInTheMiddleOfAllOfItWhatWasAnsweredHoldsOnce) {
  constexpr int kWarnings = 5;
  constexpr int kActions = 60;
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce(Many(0, kWarnings));
  ASSERT_NO_FATAL_FAILURE(AwaitWarning(gateway, kWarnings - 1));
  std::atomic<int> port = gateway.port();
  std::atomic<int> answered = 0;
  std::atomic<bool> over = false;
  const auto stub = [&](const std::string& role) {
    return v1::GatewayService::NewStub(GatewayWorld::Get().Channel(port, "unamid", role));
  };
  const auto in = [](grpc::ClientContext& context, int seconds) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
  };
  const auto id_of = [this](int n) { return StrCat(exercise_, "/", n); };
  // An officer, who tries again with the same id until there is an answer, and once more after it.
  std::thread officer([&] {
    for (int n = 0; n < kActions && !over; ++n) {
      for (int answers = 0; answers < 2 && !over;) {
        grpc::ClientContext context;
        in(context, 5);
        v1::ActRequest request;
        request.set_warning_id(Make(n % kWarnings).id.str());
        request.set_action_id(id_of(n));
        request.set_comment(StrCat("remark ", n));
        request.mutable_detail()->mutable_remark();
        v1::ActResponse answer;
        if (stub("watch-officer")->Act(&context, request, &answer).ok()) ++answers;
      }
      ++answered;
    }
  });
  // Others, who ask too much and wrongly.
  std::thread others([&] {
    while (!over) {
      const auto asks = stub("liaison");
      for (int i = 0; i < 50 && !over; ++i) {
        grpc::ClientContext listed;
        in(listed, 5);
        v1::ListRequest giant;
        for (int t = 0; t < 201; ++t) giant.mutable_filter()->add_topics(std::string(100, 'x'));
        v1::ListResponse page;
        static_cast<void>(asks->List(&listed, giant, &page));
        grpc::ClientContext acted;
        in(acted, 5);
        v1::ActRequest forged;
        forged.set_warning_id(Make(0).id.str());
        forged.set_action_id(id_of(i));
        forged.mutable_detail()->mutable_resolve();
        v1::ActResponse answer;
        EXPECT_FALSE(asks->Act(&acted, forged, &answer).ok());
      }
    }
  });
  bool all = true;
  for (const int until : {15, 30, 45, kActions}) {
    all = all && Eventually([&] { return answered >= until; });
    if (!all || until == kActions) break;
    gateway.Kill();
    gateway.Start();
    port = gateway.port();
  }
  over = true;
  officer.join();
  others.join();
  ASSERT_TRUE(all) << answered << " of " << kActions;
  std::map<std::string, int> applied;
  for (int n = 0; n < kWarnings; ++n) {
    grpc::ClientContext context;
    in(context, 20);
    v1::WarningHistoryRequest request;
    request.set_warning_id(Make(n).id.str());
    v1::WarningHistoryResponse history;
    ASSERT_TRUE(stub("watch-officer")->WarningHistory(&context, request, &history).ok());
    for (const v1::WarningHistoryEntry& entry : history.entries()) {
      if (entry.action().outcome() == "applied") ++applied[entry.action().action().action_id()];
    }
  }
  EXPECT_EQ(applied.size(), static_cast<size_t>(kActions));
  for (int n = 0; n < kActions; ++n) EXPECT_EQ(applied[id_of(n)], 1) << n;
}

TEST_F(HostileTest, AFullDiskEndsItAndWithRoomItGoesOnWhereItWas) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce(Many(0, 20));
  ASSERT_NO_FATAL_FAILURE(AwaitWarning(gateway, 19));
  ASSERT_TRUE(Do(gateway, "a", Make(1).id.str()).ok());
  gateway.FillDisk();
  GatewayWorld::Get().Produce(Many(20, 40));
  EXPECT_EQ(gateway.AwaitEnd(), 1);
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  Watcher officer(gateway.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(40)));
  officer.End();
  const auto emissions = officer.Emissions();
  EXPECT_EQ(std::set<std::string>(emissions.begin(), emissions.end()).size(), 40U);
  v1::GetResponse got;
  ASSERT_TRUE(Get(gateway, "unamid", "watch-officer", Make(1).id.str(), got).ok());
  EXPECT_EQ(got.view().lifecycle().state(), v1::LIFECYCLE_STATE_ACKNOWLEDGED);
}

}  // namespace
}  // namespace tocsin::testing
