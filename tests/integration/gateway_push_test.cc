// Push that can be trusted: one session of a device, clients that stop, links that are slow or
// dead.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/gateway_fixture.h"
#include "tests/integration/tcp_proxy.h"

namespace tocsin::testing {
namespace {

using ::testing::HasSubstr;

class GatewayPushTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    gateway_.emplace("unamid", StateOf("unamid"));
    ASSERT_NO_FATAL_FAILURE(gateway_->Start());
  }
  void Produce(int from, int to, Severity severity = Severity::kSevere) const {
    std::vector<Warning> warnings = Many(from, to);
    for (Warning& warning : warnings) warning.content.severity = severity;
    GatewayWorld::Get().Produce(warnings);
  }
  static bool HasNumber(const Watcher& watcher, int64_t number) {
    return std::any_of(
        watcher.deliveries.begin(), watcher.deliveries.end(),
        [&](const auto& delivery) { return delivery.view().warning().number() == number; });
  }

  std::optional<GatewayProcess> gateway_;
};

TEST_F(GatewayPushTest, ANewerSessionOfADeviceEndsTheOlderOneWithoutGapOrDouble) {
  Produce(0, 20);
  auto options = Watch();
  options.session = "desk";
  Watcher older(gateway_->port(), options);
  ASSERT_TRUE(older.Await(Has(20)));
  Watcher other(gateway_->port(), Watch());  // of another name: goes on
  auto resumed = options;
  resumed.cursor = older.deliveries.back().cursor();
  Watcher newer(gateway_->port(), resumed);
  const grpc::Status ended = older.End(/*cancel=*/false);
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(ended.error_message(),
              HasSubstr("superseded by a newer session of this device at 2"));
  Produce(20, 40);
  ASSERT_TRUE(newer.Await(Has(20)));
  ASSERT_TRUE(other.Await(Has(40)));
  newer.End();
  other.End();
  std::vector<std::string> all = older.Emissions();
  for (const std::string& emission : newer.Emissions()) all.push_back(emission);
  EXPECT_EQ(all.size(), 40U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 40U);
}

TEST_F(GatewayPushTest, AHalfOpenConnectionIsFoundAndItsPlaceIsFree) {
  Produce(0, 10);
  std::optional<v1::Cursor> cursor;
  {
    TcpProxy link(gateway_->port());
    auto options = Watch();
    options.session = "desk";
    Watcher behind(link.port(), options);
    ASSERT_TRUE(behind.Await(Has(10)));
    EXPECT_EQ(gateway_->Metric("tocsin_gateway_sessions"), 1);
    cursor = behind.deliveries.back().cursor();
    link.Freeze();  // neither side is told
    Produce(10, 20);
    ASSERT_TRUE(Eventually([&] { return gateway_->Metric("tocsin_gateway_sessions") == 0; }));
    EXPECT_GE(gateway_->Metric("tocsin_gateway_watches_ended_total"), 1);
    EXPECT_EQ(gateway_->Metric("tocsin_gateway_under_way_bytes"), 0);
    behind.End();
    EXPECT_EQ(behind.deliveries.size(), 10U);
  }
  auto options = Watch();
  options.session = "desk";
  options.cursor = cursor;
  Watcher again(gateway_->port(), options);
  ASSERT_TRUE(again.Await(Has(10)));
  again.End();
  EXPECT_EQ(again.deliveries.size(), 10U);
}

TEST_F(GatewayPushTest, AClientThatStopsReadingParksAndTheOthersGetEverything) {
  auto stopped_options = Watch();
  stopped_options.reads = false;
  Watcher stopped(gateway_->port(), stopped_options);
  Watcher healthy(gateway_->port(), Watch());
  Produce(0, 600);
  ASSERT_TRUE(healthy.Await(Has(600)));
  // Until it is given up it is parked with no more on its way than may be.
  EXPECT_LT(gateway_->Metric("tocsin_gateway_under_way_bytes"), 2.0 * 256 * 1024);
  ASSERT_TRUE(Eventually([&] { return gateway_->Metric("tocsin_gateway_sessions") == 1; }));
  healthy.End();
  EXPECT_EQ(healthy.deliveries.size(), 600U);
}

TEST_F(GatewayPushTest, OverASlowLinkWhatIsExtremeArrivesWithinTheSnapshot) {
  constexpr int kRows = 1000;
  Produce(0, kRows, Severity::kMinor);
  Watcher beside(gateway_->port(), Watch());
  ASSERT_TRUE(beside.Await(Has(kRows)));
  TcpProxy link(gateway_->port());
  link.SetRate(40'000);
  Watcher slow(link.port(), Watch());
  ASSERT_TRUE(slow.Await(Has(20)));
  Produce(kRows, kRows + 1, Severity::kExtreme);
  const int64_t number = Make(kRows).number;
  ASSERT_TRUE(slow.Await([&](const Watcher& w) { return HasNumber(w, number); }));
  ASSERT_TRUE(slow.Await([](const Watcher& w) { return w.snapshot_ended; }));
  slow.End();
  const auto extreme = std::find_if(
      slow.deliveries.begin(), slow.deliveries.end(),
      [&](const auto& delivery) { return delivery.view().warning().number() == number; });
  EXPECT_FALSE(extreme->snapshot());
  // A quarter of it was there when it arose at the most, and a second of the link was on its way.
  EXPECT_GT(slow.deliveries.end() - extreme, kRows / 4);
  const std::vector<std::string> got = slow.Emissions();
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), static_cast<size_t>(kRows) + 1);
  EXPECT_EQ(slow.deliveries.size(), static_cast<size_t>(kRows) + 1);
}

}  // namespace
}  // namespace tocsin::testing
