#include "tocsinctl/player.h"

#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "tocsinctl/fakes_testing.h"
#include "tocsinctl/positions.h"

namespace tocsin::ctl {
namespace {

using ctl_testing::SensorFake;
using ctl_testing::Served;
using ctl_testing::SitrepFake;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

Offer Report(const std::string& id, int64_t hour) {
  Offer offer;
  offer.event.identity = {MissionId("unamid"), EventId(id)};
  offer.event.revision = 1;
  offer.event.revision_kind = RevisionKind::kFile;
  offer.event.observed = {FromMicros(hour * 3'600'000'000), FromMicros(hour * 3'600'000'000)};
  offer.at = OfferedAt(offer.event);
  offer.origin = "test";
  return offer;
}

Offer Reading(const std::string& id, int64_t hour) {
  Offer offer = Report(id, hour);
  offer.stream = Stream::kSensor;
  offer.event.attributes["feed"] = "f-1";
  return offer;
}

class PlayerTest : public ::testing::Test {
 protected:
  absl::StatusOr<PlayerSummary> Run(std::vector<Offer> offers, PlayerOptions options = {},
                                    int64_t retry_s = 20) {
    Offers all;
    all.offers = std::move(offers);
    Globals globals;
    globals.retry_s = retry_s;
    Session session(globals, stop_.get_token());
    return Play(
        session, all, options,
        [this](const std::string&,
               const std::string& service) -> absl::StatusOr<std::shared_ptr<grpc::Channel>> {
          return service == "sensor_ingest" ? sensors_.channel : sitreps_.channel;
        });
  }

  std::stop_source stop_;
  Served<SitrepFake> sitreps_;
  Served<SensorFake> sensors_;
};

TEST_F(PlayerTest, FilesInOrderAndSaysHowFar) {
  const auto summary = Run({Report("a", 1), Reading("s", 2), Report("b", 3)});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->offered, 3);
  EXPECT_EQ(summary->accepted, 3);
  EXPECT_EQ(summary->unexpected, 0);
  EXPECT_THAT(sitreps_.service.taken.order(), ElementsAre("a/1", "b/1"));
  EXPECT_EQ(summary->positions.at({"t", 0}), 2);
}

TEST_F(PlayerTest, ABrokenStreamLosesAndDoublesNothing) {
  sitreps_.service.break_after = 3;
  sitreps_.service.breaks_left = 5;
  std::vector<Offer> offers;
  std::vector<std::string> wanted;
  for (int i = 0; i < 40; ++i) {
    // Ten at a time, so that several are unacknowledged when the stream breaks.
    offers.push_back(Report(StrCat("r", i), i / 10));
    wanted.push_back(StrCat("r", i, "/1"));
  }
  const auto summary = Run(std::move(offers));
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(sitreps_.service.taken.order(), wanted);
  EXPECT_EQ(sitreps_.service.breaks_left, 0);
  EXPECT_EQ(summary->accepted + summary->duplicates, 40);
  EXPECT_GE(summary->duplicates, 5);  // taken, and then not answered
  EXPECT_EQ(summary->unexpected, 0);
}

TEST_F(PlayerTest, WhatKafkaDidNotTakeIsOfferedAgain) {
  sitreps_.service.unavailable_left = 3;
  const auto summary = Run({Report("a", 1), Report("b", 1), Report("c", 1)});
  ASSERT_TRUE(summary.ok()) << summary.status();
  // Those behind one that was not taken may be taken before the stream is broken off; they are then
  // duplicates. Each is taken once.
  EXPECT_THAT(sitreps_.service.taken.order(), UnorderedElementsAre("a/1", "b/1", "c/1"));
  EXPECT_EQ(summary->accepted + summary->duplicates, 3);
}

TEST_F(PlayerTest, RevisionsFollowWhatTheyRevise) {
  Offer correction = Report("a", 1);
  correction.event.revision = 2;
  correction.event.revision_kind = RevisionKind::kCorrect;
  Offer withdrawal = Report("a", 1);
  withdrawal.event.revision = 3;
  withdrawal.event.revision_kind = RevisionKind::kWithdraw;
  const auto summary = Run({Report("a", 1), correction, withdrawal, Report("b", 1)});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_THAT(sitreps_.service.taken.order(), ElementsAre("a/1", "a/2", "a/3", "b/1"));
}

TEST_F(PlayerTest, ASensorSessionResumesAfterABreak) {
  for (const bool forgets : {false, true}) {
    Served<SensorFake> sensors;
    sensors.service.break_after = 3;
    sensors.service.breaks_left = 4;
    sensors.service.forgets = forgets;
    std::vector<Offer> offers;
    std::vector<std::string> wanted;
    for (int i = 0; i < 30; ++i) {
      offers.push_back(Reading(StrCat("r", i), i / 10));
      wanted.push_back(StrCat("r", i, "/1"));
    }
    Offers all;
    all.offers = std::move(offers);
    Session session(Globals(), stop_.get_token());
    const auto summary = Play(session, all, {}, [&](const std::string&, const std::string&) {
      return absl::StatusOr<std::shared_ptr<grpc::Channel>>(sensors.channel);
    });
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(sensors.service.taken.order(), wanted);
    EXPECT_EQ(sensors.service.breaks_left, 0);
    EXPECT_EQ(summary->accepted, 30);
    EXPECT_LE(sensors.service.most_open, sensors.service.window);
  }
}

TEST_F(PlayerTest, ARefusedReadingIsCountedAndTheRestGoesOn) {
  Offer bad = Reading("bad", 1);
  bad.event.place.point = Point{123, 0};
  bad.expect = Expectation::kRefused;
  const auto summary = Run({Reading("a", 1), bad, Reading("b", 1)});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->accepted, 2);
  EXPECT_EQ(summary->refused, 1);
  EXPECT_EQ(summary->unexpected, 0);
}

TEST_F(PlayerTest, AnOutcomeThatWasNotExpectedIsCounted) {
  Offer twice = Report("a", 2);
  Offer bad = Report("bad", 3);
  bad.event.place.point = Point{123, 0};
  Offer fresh = Report("c", 4);
  fresh.expect = Expectation::kDuplicate;
  const auto summary = Run({Report("a", 1), twice, bad, fresh});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->duplicates, 1);  // may come of a lost acknowledgement
  EXPECT_EQ(summary->unexpected, 2);
}

TEST_F(PlayerTest, ARefusedCallerIsToldAtOnce) {
  sitreps_.service.refuse = {grpc::StatusCode::PERMISSION_DENIED, "wrong role"};
  const auto summary = Run({Report("a", 1)});
  EXPECT_TRUE(absl::IsPermissionDenied(summary.status()));
  EXPECT_THAT(std::string(summary.status().message()), HasSubstr("wrong role"));
}

TEST_F(PlayerTest, GivesUpOnAServiceThatDoesNotComeBack) {
  sitreps_.service.refuse = {grpc::StatusCode::UNAVAILABLE, "away"};
  const auto summary = Run({Report("a", 1)}, {}, /*retry_s=*/0);
  EXPECT_TRUE(absl::IsUnavailable(summary.status()));
}

TEST_F(PlayerTest, ASignalEndsIt) {
  sitreps_.service.refuse = {grpc::StatusCode::UNAVAILABLE, "away"};
  std::jthread signal([this] { stop_.request_stop(); });
  EXPECT_TRUE(absl::IsCancelled(Run({Report("a", 1), Report("b", 2)}).status()));
}

TEST_F(PlayerTest, WritesWhatWasFiledAndHowFar) {
  PlayerOptions options;
  options.filed = ::testing::TempDir() + "/filed.ndjson";
  options.positions = ::testing::TempDir() + "/positions.json";
  ASSERT_TRUE(Run({Report("a", 1), Report("b", 2)}, options).ok());
  std::ifstream filed(options.filed);
  std::string line;
  std::vector<std::string> ids;
  while (std::getline(filed, line)) {
    const nlohmann::json json = nlohmann::json::parse(line);
    EXPECT_EQ(json["receipt"]["outcome"], "OUTCOME_ACCEPTED");
    EXPECT_GT(json["acked_unix_us"].get<int64_t>(), 1'600'000'000'000'000);
    ids.push_back(json["event"]["id"]);
  }
  EXPECT_THAT(ids, ElementsAre("a", "b"));
  std::stringstream positions;
  positions << std::ifstream(options.positions).rdbuf();
  const auto read = ParsePositions(positions.str());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at({"t", 0}), 2);
}

TEST(SessionTest, AServiceThatComesBackIsFoundAgain) {
  auto served = std::make_unique<Served<SitrepFake>>();
  const int port = served->port;
  Globals globals;
  globals.retry_s = 25;
  Session session(globals, std::stop_token());
  const auto stub = v1::SitrepIngestService::NewStub(
      MakeChannel(StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  const auto withdraw = [&](grpc::ClientContext& context) {
    v1::WithdrawRequest request;
    v1::WithdrawResponse response;
    return stub->Withdraw(&context, request, &response);
  };
  EXPECT_TRUE(session.Call(withdraw).ok());
  served.reset();
  grpc::ClientContext away;
  EXPECT_EQ(withdraw(away).error_code(), grpc::StatusCode::UNAVAILABLE);
  served = std::make_unique<Served<SitrepFake>>(port);
  ASSERT_NE(served->server, nullptr) << "port " << port << " was taken meanwhile";
  EXPECT_TRUE(session.Call(withdraw).ok());
}

v1::EvaluatedUpTo EvaluatedTask(int32_t partition, int64_t a, int64_t b) {
  v1::EvaluatedUpTo evaluated;
  evaluated.set_keyed_partition(partition);
  v1::SourceTime& first = *evaluated.mutable_tick()->add_sources();
  first.mutable_source()->set_topic("a");
  first.mutable_source()->set_offset(a);
  v1::SourceTime& second = *evaluated.mutable_tick()->add_sources();
  second.mutable_source()->set_topic("b");
  second.mutable_source()->set_partition(1);
  second.mutable_source()->set_offset(b);
  return evaluated;
}

TEST(PositionsTest, EveryTaskMustHaveReadEverythingAndNothingMayWait) {
  EvaluationWait wait({{{"a", 0}, 5}, {{"b", 1}, 2}}, 2);
  v1::Heartbeat heartbeat;
  EXPECT_THAT(wait.MissingIn(heartbeat), HasSubstr("task 0"));
  *heartbeat.add_evaluated() = EvaluatedTask(0, 5, 2);
  EXPECT_THAT(wait.MissingIn(heartbeat), HasSubstr("task 1"));
  *heartbeat.add_evaluated() = EvaluatedTask(1, 5, 1);
  EXPECT_THAT(wait.MissingIn(heartbeat), HasSubstr("b[1] to 1 of 2"));
  *heartbeat.mutable_evaluated(1) = EvaluatedTask(1, 6, 2);
  EXPECT_EQ(wait.MissingIn(heartbeat), "");
  EXPECT_THAT(EvaluationWait({{{"c", 0}, 1}}, 2).MissingIn(heartbeat), HasSubstr("c[0] to 0 of 1"));
  heartbeat.set_waiting(1);
  EXPECT_THAT(wait.MissingIn(heartbeat), HasSubstr("wait"));
}

TEST(PositionsTest, WhatWasFoundMustHaveComeBackToEveryTask) {
  EvaluationWait wait({{{"a", 0}, 5}}, 2);
  v1::Heartbeat heartbeat;
  const auto at = [&](int32_t partition, int64_t beat, int64_t back) {
    v1::EvaluatedUpTo task = EvaluatedTask(partition, 5, 0);
    task.mutable_tick()->set_number(beat);
    task.mutable_tick()->add_found()->set_beat(beat);
    task.mutable_tick()->add_found()->set_beat(back);
    if (heartbeat.evaluated_size() <= partition) heartbeat.add_evaluated();
    *heartbeat.mutable_evaluated(partition) = task;
  };
  at(0, 8, 0);
  at(1, 7, 0);
  EXPECT_THAT(wait.MissingIn(heartbeat), HasSubstr("up to beat 7 has come back up to 0"));
  at(0, 10, 7);
  at(1, 9, 6);
  EXPECT_THAT(wait.MissingIn(heartbeat), HasSubstr("up to beat 7 has come back up to 6"));
  at(1, 10, 7);
  EXPECT_EQ(wait.MissingIn(heartbeat), "");
}

TEST(PositionsTest, RefusesWhatIsNone) {
  for (const char* bad : {"", "{}", "[1]", "[{\"topic\":\"a\"}]",
                          "[{\"topic\":\"a\",\"partition\":0,\"offset\":\"1\"}]"}) {
    EXPECT_FALSE(ParsePositions(bad).ok()) << bad;
  }
  EXPECT_TRUE(ParsePositions("[]").ok());
}

}  // namespace
}  // namespace tocsin::ctl
