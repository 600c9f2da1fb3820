// What may be on its way to a client, and updates as what changed.
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/given.h"
#include "gateway/watch_log_testing.h"
#include "lib/wire/delta.h"

namespace tocsin::gateway {
namespace {

class WatchWindowTest : public WatchSessionTest {
 protected:
  // Bytes of the deliveries that come now.
  int64_t Bytes() {
    int64_t bytes = 0;
    while (true) {
      const WatchSession::Step step = session_->Next(now_);
      if (!step.message && !step.more) return bytes;
      if (!step.message) continue;
      Say(*step.message);
      if (step.message->has_delivery()) bytes += static_cast<int64_t>(step.message->ByteSizeLong());
    }
  }
  void Fill(int warnings) {
    for (int n = 1; n <= warnings; ++n) log_.Append(0, {n, 1, true, true, v1::SEVERITY_MINOR, 4});
  }
};

TEST_F(WatchWindowTest, AClientThatDoesNotReadParksAndGoesOnWhereItWas) {
  Fill(2000);
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(1'000'000).ok());
  const int64_t first = Bytes();
  EXPECT_GT(first, 8 << 10);
  EXPECT_LT(first, 20 << 10);
  EXPECT_TRUE(session_->parked());
  const int64_t under_way = session_->bytes_under_way();
  log_.in_memory = 0;
  EXPECT_EQ(Bytes(), 0);
  EXPECT_EQ(log_.in_memory, 0);  // a parked one is not even looked at
  EXPECT_EQ(session_->bytes_under_way(), under_way);
  Receive();
  EXPECT_EQ(session_->bytes_under_way(), 0);
  EXPECT_GT(Bytes(), first);
}

TEST_F(WatchWindowTest, NeverMoreThanTheCap) {
  Fill(5000);
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(1'000'000).ok());
  int64_t most = 0;
  for (int round = 0; round < 40; ++round) {
    Bytes();
    most = std::max(most, session_->bytes_under_way());
    Receive();
  }
  EXPECT_GT(most, kMostUnderWay / 2);
  EXPECT_LT(most, kMostUnderWay + 2000);
}

TEST_F(WatchWindowTest, WhoSaysNothingOfWhatItReceivedIsAskedByAHeartbeat) {
  Fill(500);
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(1000).ok());
  size_t deliveries = 0;
  for (int round = 0; round < 100 && deliveries < 500; ++round) {
    const Words said = Drain();
    ASSERT_FALSE(said.empty());
    EXPECT_TRUE(said.back() == "beat" || said.back() == "end") << said.back();
    deliveries += static_cast<size_t>(std::count_if(
        said.begin(), said.end(), [](const std::string& word) { return word[0] == '('; }));
    EXPECT_EQ(Drain(), Words());  // one is enough
    v1::WatchRequest echo;
    echo.set_heartbeat_echo(beat_.number());
    ASSERT_TRUE(session_->Receive(echo, now_).ok());
  }
  EXPECT_EQ(deliveries, 500U);
}

TEST_F(WatchWindowTest, WhatWasNeverSentCannotBeReceived) {
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  Drain();
  v1::WatchRequest request;
  request.set_received(sequence_ + 1);
  EXPECT_EQ(session_->Receive(request, now_).code(), absl::StatusCode::kInvalidArgument);
  request.set_received(0);
  EXPECT_EQ(session_->Receive(request, now_).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WatchWindowTest, AGatewayThatIsLateItselfGivesItsClientsTime) {
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  Drain();
  now_ += 2 * kPeriod + kPeriod / 2;  // nobody came to this watch; its heartbeat was due long ago
  EXPECT_EQ(Drain(), Words({"beat"}));
  now_ += kPeriod;
  EXPECT_EQ(Drain(), Words({"beat"}));
  now_ += kPeriod;
  EXPECT_EQ(Drain(), Words({"DEADLINE_EXCEEDED"}));
}

TEST_F(WatchWindowTest, WhoAnswersNoHeartbeatIsGivenUpHoweverMuchElseItSays) {
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  Words said;
  for (int n = 0; n < 200 && (said.empty() || said.back() != "DEADLINE_EXCEEDED"); ++n) {
    now_ += kPeriod;
    ASSERT_TRUE(Credit(1).ok());
    said = Drain();
  }
  EXPECT_EQ(said.back(), "DEADLINE_EXCEEDED");
  EXPECT_LT(beat_.number(), 110);
}

// A client as the contract says: keeps what came last and makes updates whole from it.
class DeltaClient {
 public:
  void Take(v1::Delivery delivery) {
    v1::WarningView& view = *delivery.mutable_view();
    if (delivery.has_delta()) {
      ++deltas;
      const auto base = last_.find(view.warning().id());
      ASSERT_NE(base, last_.end());
      const absl::Status put = PutBack(base->second, delivery.delta(), view);
      ASSERT_TRUE(put.ok()) << put;
    }
    last_[view.warning().id()] = view;
    whole.push_back(view);
  }
  std::vector<v1::WarningView> whole;
  int deltas = 0;

 private:
  std::map<std::string, v1::WarningView> last_;
};

// The same log to one that asks for deltas and one that does not: in the end the same.
TEST_F(WatchWindowTest, PropertyDeltasComeToTheWhole) {
  std::mt19937_64 engine(20090304);
  int deltas = 0;
  for (int round = 0; round < 100; ++round) {
    log_ = FakeLog(2);
    std::map<int, int> revisions;
    const auto append = [&](int many) {
      for (int i = 0; i < many; ++i) {
        const int number = static_cast<int>(1 + engine() % 6);
        log_.Append(static_cast<size_t>(number % 2),
                    {number, ++revisions[number], engine() % 5 != 0, engine() % 6 != 0,
                     static_cast<v1::Severity>(1 + engine() % 5), static_cast<int>(engine() % 6)});
      }
    };
    append(static_cast<int>(engine() % 20));
    const bool snapshot = engine() % 2 == 0;
    struct {
      std::unique_ptr<WatchSession> session;
      DeltaClient client;
    } with, without;
    for (auto* one : {&with, &without}) {
      one->session = std::make_unique<WatchSession>(log_, kPeriod, kMostUnderWay, now_);
      v1::WatchRequest request;
      request.mutable_subscribe()->set_deltas(one == &with);
      if (!snapshot) *request.mutable_subscribe()->mutable_cursor() = At("now", {0, 0});
      ASSERT_TRUE(one->session->Receive(request, now_).ok());
      request.set_credit(10'000);
      ASSERT_TRUE(one->session->Receive(request, now_).ok());
    }
    for (int step = 0; step < 5; ++step) {
      for (auto* one : {&with, &without}) {
        while (true) {
          WatchSession::Step said = one->session->Next(now_);
          if (!said.message && !said.more) break;
          if (!said.message) continue;
          v1::WatchRequest request;
          request.set_received(said.message->sequence());
          ASSERT_TRUE(one->session->Receive(request, now_).ok());
          if (said.message->has_delivery()) {
            ASSERT_NO_FATAL_FAILURE(one->client.Take(said.message->delivery()));
          }
        }
      }
      append(static_cast<int>(engine() % 8));
    }
    EXPECT_EQ(without.client.deltas, 0);
    deltas += with.client.deltas;
    ASSERT_EQ(with.client.whole.size(), without.client.whole.size());
    for (size_t i = 0; i < with.client.whole.size(); ++i) {
      ASSERT_EQ(with.client.whole[i].SerializeAsString(),
                without.client.whole[i].SerializeAsString());
    }
  }
  EXPECT_GT(deltas, 100);
}

TEST_F(WatchWindowTest, OnlyWhatCameLastIsABase) {
  const auto append = [&](int number, int revision) {
    log_.Append(0, {number, revision, true, true, v1::SEVERITY_MINOR, 4});
  };
  const auto has_delta = [&] {
    bool has = false;
    while (true) {
      const WatchSession::Step step = session_->Next(now_);
      if (!step.message && !step.more) return has;
      if (!step.message) continue;
      Say(*step.message);
      has = step.message->delivery().has_delta();
      Receive();
    }
  };
  Begin();
  v1::WatchRequest request;
  request.mutable_subscribe()->set_deltas(true);
  ASSERT_TRUE(session_->Receive(request, now_).ok());
  ASSERT_TRUE(Credit(10'000).ok());
  append(1, 1);
  EXPECT_FALSE(has_delta());
  for (int n = 2; n <= static_cast<int>(Given::kMost); ++n) append(n, 1);
  EXPECT_FALSE(has_delta());
  append(1, 2);  // the first of the last ones
  EXPECT_TRUE(has_delta());
  append(2, 2);
  EXPECT_TRUE(has_delta());
  append(9999, 1);
  append(3, 2);  // one too late
  EXPECT_FALSE(has_delta());
}

}  // namespace
}  // namespace tocsin::gateway
