#include "gateway/link_board.h"

#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"

namespace tocsin::gateway {
namespace {

using std::chrono::seconds;
using testing::Caller;

class LinkBoardTest : public ::testing::Test {
 protected:
  void Beat(const std::string& instance, int clients, int64_t since_s, bool ends = false,
            const std::vector<std::string>& shown_to = {"minurcat"}) {
    LinkRecord record;
    record.mission = MissionId("unamid");
    record.logged = FromMicros(1'000'000 * At());
    record.beat.set_instance(instance);
    record.beat.set_clients(clients);
    record.beat.set_since_us(1'000'000 * since_s);
    record.beat.set_period_s(10);
    record.beat.set_ends(ends);
    for (const std::string& mission : shown_to) record.beat.add_shown_to(mission);
    board_.Heard(record, now_);
  }
  int64_t At() const { return (now_ - LinkBoard::Steady()).count() / 1'000'000'000; }
  void Pass(int s) { now_ += seconds(s); }
  // "<status> <seconds since>", or "nothing".
  std::string Shown(const std::string& mission = "minurcat") const {
    const auto links = board_.For(Caller(mission), broker_, now_);
    if (links.empty()) return "nothing";
    return StrCat(v1::JocLinkStatus_Name(links[0].status()).substr(16), " ",
                  links[0].since_us() / 1'000'000);
  }

  LinkBoard board_;
  BrokerReach::State broker_;
  LinkBoard::Steady now_ = LinkBoard::Steady() + seconds(1000);
};

TEST_F(LinkBoardTest, UpDownAndSilentAreThreeStates) {
  Beat("a", 2, 900);
  EXPECT_EQ(Shown(), "UP 900");
  Pass(10);
  Beat("a", 0, 1007);
  EXPECT_EQ(Shown(), "DOWN 1007");
  Pass(29);
  EXPECT_EQ(Shown(), "DOWN 1007");
  Pass(1);
  EXPECT_EQ(Shown(), "SILENT 1010");
  Beat("a", 1, 1039);
  EXPECT_EQ(Shown(), "UP 1039");
}

TEST_F(LinkBoardTest,
       AnotherGatewayOfTheMissionKeepsTheLinkUpAndASuccessorKnowsSinceWhenItWasDown) {
  Beat("a", 1, 900);
  Beat("b", 0, 0);
  EXPECT_EQ(Shown(), "UP 900");
  Pass(30);
  Beat("b", 0, 0);
  // The one that had clients is gone; they were there when it was last heard of.
  EXPECT_EQ(Shown(), "DOWN 1000");
}

TEST_F(LinkBoardTest, AGatewayThatEndsInOrderIsDownAndOneThatIsGoneIsSilent) {
  Beat("a", 0, 990, /*ends=*/true);
  Pass(1000);
  EXPECT_EQ(Shown(), "DOWN 990");
  Beat("b", 1, 1995);
  EXPECT_EQ(Shown(), "UP 1995");
  Pass(30);
  EXPECT_EQ(Shown(), "SILENT 2000");
}

TEST_F(LinkBoardTest, WithoutTheBrokerNobodyCanTellAndAfterItEachHasItsTime) {
  Beat("a", 1, 900);
  broker_ = {false, now_, FromMicros(1'000'000'000)};
  Pass(60);
  EXPECT_EQ(Shown(), "UNKNOWN 1000");
  broker_ = {true, now_, FromMicros(1'060'000'000)};
  EXPECT_EQ(Shown(), "UP 900");
  Pass(30);
  EXPECT_EQ(Shown(), "SILENT 1000");
}

TEST_F(LinkBoardTest, WhatWasReadOfLongAgoIsOldOnlyWhenItIsNotHeardOfNow) {
  Beat("a", 1, 900);
  Pass(500);
  board_.CaughtUp(now_);
  EXPECT_EQ(Shown(), "UP 900");
  Pass(30);
  EXPECT_EQ(Shown(), "SILENT 1000");
}

TEST_F(LinkBoardTest, OnlyThoseThatThePolicySaidLastNames) {
  Beat("a", 1, 900);
  EXPECT_EQ(Shown("unmis"), "nothing");
  EXPECT_EQ(Shown("unamid"), "UP 900");
  Pass(1);
  Beat("a", 1, 900, false, {"unmis"});
  EXPECT_EQ(Shown("unmis"), "UP 900");
  EXPECT_EQ(Shown("minurcat"), "nothing");
  Pass(1);
  Beat("a", 1, 900, false, {"*"});
  EXPECT_EQ(Shown("unmis"), "nothing");
}

TEST_F(LinkBoardTest, HoldsTheGatewaysThatWereHeardOfLastAndNoMore) {
  Beat("keeps", 1, 900);
  for (int i = 0; i < 200; ++i) {
    Pass(1);
    Beat(StrCat("i", i), 0, 0);
    if (i % 5 == 0) Beat("keeps", 1, 900);
  }
  EXPECT_EQ(Shown(), "UP 900");
}

}  // namespace
}  // namespace tocsin::gateway
