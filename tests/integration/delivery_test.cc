// The ledger of deliveries: gateways as processes, on a real broker.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "tests/integration/gateway_fixture.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::testing {
namespace {

using ::testing::HasSubstr;

class DeliveryTest : public GatewayTest {
 protected:
  // Each revision alerts.
  Warning Make(int n, int32_t revision = 1) const {
    Warning warning = GatewayTest::Make(n, revision);
    warning.alerts = true;
    return warning;
  }
  v1::LedgerRequest Request(const Warning* warning = nullptr) const {
    v1::LedgerRequest request;
    request.mutable_filter()->add_statuses(v1::STATUS_EXERCISE);
    request.mutable_filter()->set_exercise_id(exercise_);
    if (warning != nullptr) request.set_warning_id(warning->id.str());
    return request;
  }
  static grpc::Status Ask(const GatewayProcess& gateway, const v1::LedgerRequest& request,
                          v1::LedgerResponse& response, const std::string& mission = "unamid",
                          const std::string& role = "watch-officer") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return Stub(gateway, mission, role)->Ledger(&context, request, &response);
  }
  // Waits until the ledger has a row of the warning that it holds of.
  bool AwaitRow(const GatewayProcess& gateway, const Warning& warning,
                const std::function<bool(const v1::LedgerRow&)>& done) const {
    return Eventually([&] {
      v1::LedgerResponse response;
      return Ask(gateway, Request(&warning), response).ok() &&
             std::any_of(response.rows().begin(), response.rows().end(), done);
    });
  }
  static grpc::Status Acknowledge(const GatewayProcess& gateway, const Warning& warning) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::ActRequest request;
    request.set_warning_id(warning.id.str());
    request.set_action_id(Unique("ack"));
    request.mutable_detail()->mutable_acknowledge();
    v1::ActResponse response;
    return Stub(gateway, "unamid")->Act(&context, request, &response);
  }
  // Stages of the warning in the topic, by mission: how often each is there.
  static std::map<std::string, int> InTopic(const Warning& warning) {
    std::map<std::string, int> stages;
    for (const InputRecord& record : ReadAll({kReceiptsTopic, 0})) {
      v1::ReceiptsRecord proto;
      EXPECT_TRUE(proto.ParseFromString(record.value));
      for (const v1::DeliveryReceipt& receipt : proto.receipts().receipts()) {
        if (receipt.warning_id() != warning.id.str()) continue;
        ++stages[StrCat(proto.mission(), " ", receipt.revision(), " ",
                        v1::ReceiptStage_Name(receipt.stage()))];
      }
    }
    return stages;
  }
  static bool Received(const v1::LedgerRow& row) { return row.received_us() != 0; }
};

TEST_F(DeliveryTest, EachStageIsInTheTopicOnceHoweverManyGatewaysAndClientsThereAre) {
  GatewayProcess one("unamid", StateOf("one"));
  GatewayProcess two("unamid", StateOf("two"));
  ASSERT_NO_FATAL_FAILURE(one.Start());
  ASSERT_NO_FATAL_FAILURE(two.Start());
  Watcher first(one.port(), Watch());
  Watcher second(one.port(), Watch());
  GatewayWorld::Get().Produce({Make(1), Make(2)});
  ASSERT_TRUE(first.Await(Has(2)));
  ASSERT_TRUE(second.Await(Has(2)));
  ASSERT_TRUE(AwaitRow(one, Make(1), Received));
  // The other gateway has it from the topic.
  ASSERT_TRUE(AwaitRow(two, Make(1), Received));
  second.Seen(Make(1));
  ASSERT_TRUE(AwaitRow(two, Make(1), [](const v1::LedgerRow& row) { return row.seen_us() != 0; }));
  ASSERT_TRUE(Acknowledge(one, Make(1)).ok());
  ASSERT_TRUE(
      AwaitRow(two, Make(1), [](const v1::LedgerRow& row) { return row.acknowledged_us() != 0; }));
  v1::LedgerResponse here;
  v1::LedgerResponse there;
  ASSERT_TRUE(AwaitRow(two, Make(2), Received));
  ASSERT_TRUE(Ask(one, Request(), here).ok());
  ASSERT_TRUE(Ask(two, Request(), there).ok());
  ASSERT_EQ(here.rows_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(here.rows(i).DebugString(), there.rows(i).DebugString());
    EXPECT_GT(here.rows(i).committed_us(), 0);
    EXPECT_LE(here.rows(i).pushed_us(), here.rows(i).received_us());
  }
  // A row at a time.
  v1::LedgerRequest request = Request();
  request.set_page_size(1);
  v1::LedgerResponse page;
  std::vector<std::string> paged;
  do {
    ASSERT_TRUE(Ask(one, request, page).ok());
    for (const v1::LedgerRow& row : page.rows()) paged.push_back(row.warning_id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(paged, (std::vector{here.rows(0).warning_id(), here.rows(1).warning_id()}));
  request = Request();
  request.set_selection(v1::LEDGER_SELECTION_UNSEEN);
  ASSERT_TRUE(Ask(one, request, page).ok());
  ASSERT_EQ(page.rows_size(), 1);
  EXPECT_EQ(page.rows(0).warning_id(), Make(2).id.str());
  // Both may write that it was committed; nothing else happened at both.
  for (const auto& [stage, count] : InTopic(Make(1))) {
    EXPECT_THAT(stage, HasSubstr("unamid 1 "));
    EXPECT_LE(count, stage.ends_with("COMMITTED") || stage.ends_with("ACKNOWLEDGED") ||
                             stage.ends_with("SEEN")
                         ? 2
                         : 1)
        << stage;
  }
  EXPECT_EQ(InTopic(Make(1)).size(), 5U);
}

TEST_F(DeliveryTest, KilledBetweenPushAndReceiptNothingIsDoubledAndNothingClaimed) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  auto silent = Watch();
  silent.answers = false;
  v1::Cursor cursor;
  {
    Watcher officer(gateway.port(), silent);
    GatewayWorld::Get().Produce({Make(1)});
    ASSERT_TRUE(officer.Await(Has(1)));
    ASSERT_TRUE(AwaitRow(gateway, Make(1), [](const auto& row) { return row.pushed_us() != 0; }));
    gateway.Kill();
    officer.End();
    cursor = officer.cursor;
  }
  // While it is away another warning comes, which nobody gets.
  GatewayWorld::Get().Produce({Make(2)});
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  ASSERT_TRUE(AwaitRow(gateway, Make(2), [](const auto& row) { return row.committed_us() != 0; }));
  ASSERT_TRUE(AwaitRow(gateway, Make(1), [](const auto& row) { return row.pushed_us() != 0; }));
  v1::LedgerResponse response;
  ASSERT_TRUE(Ask(gateway, Request(), response).ok());
  for (const v1::LedgerRow& row : response.rows()) {
    EXPECT_FALSE(row.delivered()) << row.DebugString();
    EXPECT_FALSE(row.warning_id() == Make(2).id.str() && row.pushed_us() != 0);
  }
  // The client comes back, and has the first.
  auto resuming = Watch();
  resuming.cursor = cursor;
  Watcher officer(gateway.port(), resuming);
  ASSERT_TRUE(officer.Await(Has(1)));
  EXPECT_EQ(officer.deliveries[0].view().warning().id(), Make(2).id.str());
  ASSERT_TRUE(AwaitRow(gateway, Make(1), Received));
  ASSERT_TRUE(AwaitRow(gateway, Make(2), Received));
  ASSERT_TRUE(Eventually([&] { return InTopic(Make(1)).size() == 3; }));
  for (const auto& [stage, count] : InTopic(Make(1))) EXPECT_EQ(count, 1) << stage;
}

TEST_F(DeliveryTest, WhoAcknowledgesWhatItNeverGotIsRefusedOrHasNoReceipt) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  auto options = Watch();
  options.credit = 0;  // gets nothing
  Watcher officer(gateway.port(), options);
  GatewayWorld::Get().Produce({Make(1)});
  ASSERT_TRUE(officer.Await([](const Watcher& w) { return !w.heartbeats.empty(); }));
  officer.Seen(Make(1));
  // A cursor that was never sent ends the watch.
  v1::WatchRequest forged;
  *forged.mutable_acknowledged() = officer.LastHeartbeat().cursor();
  forged.mutable_acknowledged()->set_offsets(0, 1'000'000);
  officer.Say(forged);
  EXPECT_EQ(officer.End(false).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  auto liaison_options = Watch();
  liaison_options.role = "liaison";
  Watcher liaison(gateway.port(), liaison_options);
  ASSERT_TRUE(liaison.Await(Has(1)));
  liaison.Seen(Make(1));
  EXPECT_EQ(liaison.End(false).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  // What the ledger has by the time at which it has the next warning.
  GatewayWorld::Get().Produce({Make(2)});
  ASSERT_TRUE(AwaitRow(gateway, Make(2), [](const auto& row) { return row.committed_us() != 0; }));
  v1::LedgerResponse response;
  ASSERT_TRUE(Ask(gateway, Request(), response).ok());
  for (const v1::LedgerRow& row : response.rows()) {
    EXPECT_EQ(row.pushed_us(), 0);
    EXPECT_FALSE(row.delivered());
    EXPECT_FALSE(row.seen());
  }
}

TEST_F(DeliveryTest, WhatIsOverdueIsInEachHeartbeatTheMetricsAndTheLog) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  auto options = Watch();
  options.credit = 0;
  Watcher parked(gateway.port(), options);
  Warning real = Make(7);
  real.content.status = Status::kActual;
  real.content.exercise_id.clear();
  GatewayWorld::Get().Produce({Make(1), real});
  const auto overdue = [](int undelivered, int unseen) {
    return [=](const Watcher& w) {
      return !w.heartbeats.empty() && w.heartbeats.back().overdue().undelivered() == undelivered &&
             w.heartbeats.back().overdue().unseen() == unseen;
    };
  };
  ASSERT_TRUE(parked.Await(overdue(1, 0)));
  EXPECT_EQ(parked.LastHeartbeat().overdue().oldest_undelivered().warning_id(), Make(1).id.str());
  ASSERT_TRUE(
      Eventually([&] { return gateway.Metric("tocsin_gateway_undelivered_warnings") >= 1; }));
  EXPECT_THAT(gateway.Log(), HasSubstr("warnings have not reached the watch in time"));
  parked.Credit(10);
  ASSERT_TRUE(parked.Await(Has(1)));
  ASSERT_TRUE(parked.Await(overdue(0, 1)));
  parked.Seen(Make(1));
  ASSERT_TRUE(parked.Await(overdue(0, 0)));
  // Not another centre's: it has its own.
  v1::LedgerResponse response;
  EXPECT_EQ(Ask(gateway, Request(), response, "minurcat").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(Acknowledge(gateway, real).ok());
}

TEST_F(DeliveryTest, WhileTheBrokerIsAwayWatchesGoOnAndReceiptsAreOwed) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  auto options = Watch();
  options.credit = 0;
  Watcher officer(gateway.port(), options);
  GatewayWorld::Get().Produce({Make(1)});
  ASSERT_TRUE(AwaitRow(gateway, Make(1), [](const auto& row) { return row.committed_us() != 0; }));
  KafkaBroker::Get().Pause();
  officer.Credit(10);
  const bool delivered = officer.Await(Has(1));
  const bool noted = AwaitRow(gateway, Make(1), Received);
  KafkaBroker::Get().Resume();
  EXPECT_TRUE(delivered);
  EXPECT_TRUE(noted);
  ASSERT_TRUE(Eventually([&] { return InTopic(Make(1)).size() == 3; }));
  for (const auto& [stage, count] : InTopic(Make(1))) EXPECT_EQ(count, 1) << stage;
}

v1::JocLinkStatus StatusOf(const v1::Heartbeat& heartbeat, const std::string& mission) {
  for (const v1::JocLink& link : heartbeat.links()) {
    if (link.mission() == mission) return link.status();
  }
  return v1::JOC_LINK_STATUS_UNSPECIFIED;
}

bool Troubled(const v1::Heartbeat& heartbeat, v1::TroubleKind kind) {
  return std::any_of(heartbeat.troubles().begin(), heartbeat.troubles().end(),
                     [&](const v1::Trouble& trouble) { return trouble.kind() == kind; });
}

// UNAMID shows its link to MINURCAT, MINURCAT shows its own to nobody.
TEST_F(DeliveryTest, AJocWhoseLinkIsDownIsShownAsDownToThoseThatItsPolicyNames) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  GatewayProcess minurcat("minurcat", StateOf("minurcat"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  ASSERT_NO_FATAL_FAILURE(minurcat.Start());
  auto options = Watch();
  options.mission = "minurcat";
  Watcher looking(minurcat.port(), options);
  const auto status = [](v1::JocLinkStatus wanted) {
    return [wanted](const Watcher& w) {
      return !w.heartbeats.empty() && StatusOf(w.heartbeats.back(), "unamid") == wanted;
    };
  };
  {
    Watcher officer(unamid.port(), Watch());
    ASSERT_TRUE(looking.Await(status(v1::JOC_LINK_STATUS_UP)));
    GatewayWorld::Get().Produce({Make(1)});
    ASSERT_TRUE(officer.Await(Has(1))) << officer.ended << officer.LastHeartbeat().DebugString();
    ASSERT_TRUE(AwaitRow(unamid, Make(1), Received));
    // Not the other way round.
    EXPECT_EQ(StatusOf(officer.LastHeartbeat(), "minurcat"), v1::JOC_LINK_STATUS_UNSPECIFIED);
  }
  // Its client is gone: since then, and the last thing it had.
  ASSERT_TRUE(looking.Await([&](const Watcher& w) {
    return status(v1::JOC_LINK_STATUS_DOWN)(w) &&
           w.heartbeats.back().links(0).last_warning_id() == Make(1).id.str();
  }));
  const v1::JocLink down = looking.LastHeartbeat().links(0);
  EXPECT_EQ(down.last_number(), Make(1).number);
  EXPECT_GE(down.since_us(), down.last_received_us());
  // Its gateway is killed: another state.
  unamid.Kill();
  ASSERT_TRUE(looking.Await(status(v1::JOC_LINK_STATUS_SILENT)));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  ASSERT_TRUE(looking.Await(status(v1::JOC_LINK_STATUS_DOWN)));
  Watcher officer(unamid.port(), Watch());
  ASSERT_TRUE(looking.Await(status(v1::JOC_LINK_STATUS_UP)));
}

TEST_F(DeliveryTest, TheBrokerAwayAndAnEngineThatStoppedAreTwoStates) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce({Make(1)});
  Watcher officer(gateway.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(1)));
  const auto troubled = [](v1::TroubleKind kind, bool wanted) {
    return [=](const Watcher& w) {
      return !w.heartbeats.empty() && Troubled(w.heartbeats.back(), kind) == wanted;
    };
  };
  // Nothing tells of an evaluation here unless the test does.
  ASSERT_TRUE(officer.Await(troubled(v1::TROUBLE_KIND_EVALUATION_STOPPED, true)));
  EXPECT_FALSE(Troubled(officer.LastHeartbeat(), v1::TROUBLE_KIND_BROKER_NOT_REACHED));
  GatewayWorld::Get().Evaluate(1'000'000);
  ASSERT_TRUE(officer.Await(troubled(v1::TROUBLE_KIND_EVALUATION_STOPPED, false)));

  KafkaBroker::Get().Pause();
  const bool told = officer.Await(troubled(v1::TROUBLE_KIND_BROKER_NOT_REACHED, true));
  const v1::Heartbeat away = officer.LastHeartbeat();
  const grpc::Status refused = Acknowledge(gateway, Make(1));
  // The last picture stays: it can be read, and heartbeats go on.
  v1::LedgerResponse ledger;
  const grpc::Status read = Ask(gateway, Request(), ledger);
  const int64_t beats = officer.LastHeartbeat().number();
  const bool beating =
      officer.Await([&](const Watcher& w) { return w.heartbeats.back().number() > beats + 2; });
  const int64_t open = officer.LastHeartbeat().open_warnings();
  KafkaBroker::Get().Resume();
  EXPECT_TRUE(told);
  EXPECT_FALSE(Troubled(away, v1::TROUBLE_KIND_EVALUATION_STOPPED));
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("nothing was recorded"));
  EXPECT_TRUE(read.ok());
  EXPECT_TRUE(beating);
  EXPECT_EQ(open, 1);
  ASSERT_TRUE(officer.Await(troubled(v1::TROUBLE_KIND_BROKER_NOT_REACHED, false)));
  ASSERT_TRUE(Acknowledge(gateway, Make(1)).ok());
}

}  // namespace
}  // namespace tocsin::testing
