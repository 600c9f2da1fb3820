#include "gateway/watch_session.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/watch_log_testing.h"

namespace tocsin::gateway {
namespace {

using std::chrono::milliseconds;

TEST_F(WatchSessionTest, SnapshotThenTheLog) {
  log_.Append(0, {1, 1});
  log_.Append(0, {2, 1});
  log_.Append(0, {1, 2});
  log_.Append(1, {3, 1});
  log_.Append(1, {3, 2, true, false});
  log_.Evaluate(100);
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  EXPECT_EQ(Drain(), Words({"beat"}));  // at once, and no more without credit
  EXPECT_EQ(beat_.waiting(), 1);        // in a snapshot it is not counted
  EXPECT_EQ(beat_.open_warnings(), 7);
  EXPECT_EQ(beat_.oldest_evaluation_age_ms(), 42);
  EXPECT_EQ(beat_.evaluated(0).evaluated_up_to_us(), 0);  // nothing has been sent yet
  EXPECT_TRUE(session_->parked());
  ASSERT_TRUE(Credit(10).ok());
  EXPECT_EQ(Drain(), Words({"(2.1)", "(1.2)", "end", "beat"}));
  EXPECT_EQ(beat_.waiting(), 0);
  EXPECT_EQ(beat_.evaluated(0).evaluated_up_to_us(), 100);
  EXPECT_FALSE(session_->parked());
  log_.Append(0, {1, 3});
  log_.Append(1, {4, 1});
  EXPECT_EQ(Drain(), Words({"4.1", "1.3"}));
  EXPECT_EQ(Drain(), Words());
}

TEST_F(WatchSessionTest, WhatHoldsAtTheCentreComesBeforeWarningsAndTakesNoCredit) {
  log_.Append(0, {1, 1});
  log_.centre = 3;
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  EXPECT_EQ(Drain(), Words({"beat", "centre 3"}));
  ASSERT_TRUE(Credit(1).ok());
  EXPECT_EQ(Drain(), Words({"(1.1)", "end", "beat"}));
  log_.Append(0, {2, 1});
  log_.centre = 4;
  EXPECT_EQ(Drain(), Words({"centre 4"}));
  ASSERT_TRUE(Credit(1).ok());
  EXPECT_EQ(Drain(), Words({"2.1"}));
}

TEST_F(WatchSessionTest, WhatComesDuringTheSnapshotFollowsItOnce) {
  for (int n = 1; n <= 4; ++n) log_.Append(0, {n, 1});
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(2).ok());
  EXPECT_EQ(Drain(), Words({"beat", "(1.1)", "(2.1)"}));
  log_.Append(0, {1, 2});               // delivered already: an update
  log_.Append(0, {3, 2});               // not yet delivered: no longer the snapshot's
  log_.Append(0, {5, 1});               // new
  log_.Append(0, {4, 2, true, false});  // ended
  ASSERT_TRUE(Credit(10).ok());
  EXPECT_EQ(Drain(), Words({"end", "1.2", "3.2", "5.1", "4.2", "beat"}));
}

TEST_F(WatchSessionTest, EveryCursorResumesExactlyAfterIt) {
  for (int n = 1; n <= 5; ++n) log_.Append(static_cast<size_t>(n % 2), {n, 1});
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  ASSERT_TRUE(Credit(2).ok());
  const Words first = Drain();
  EXPECT_EQ(first.size(), 3U);  // beat and two
  const v1::Cursor resume = cursor_;
  Begin();
  ASSERT_TRUE(Subscribe(resume).ok());
  ASSERT_TRUE(Credit(10).ok());
  const Words second = Drain();
  std::multiset<std::string> all(first.begin(), first.end());
  all.insert(second.begin(), second.end());
  for (int n = 1; n <= 5; ++n) EXPECT_EQ(all.count(StrCat(n, ".1")), 1U) << n;
}

TEST_F(WatchSessionTest, HeartbeatsCarryTheCursorOverWhatIsNotForTheCaller) {
  log_.Append(0, {0, 0});
  log_.Append(0, {1, 1, false});
  log_.Append(1, {0, 0});
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  EXPECT_EQ(Drain(), Words({"beat", "beat"}));  // at once, and when it is all read
  EXPECT_THAT(beat_.cursor().offsets(), ::testing::ElementsAre(2, 1));
  EXPECT_EQ(beat_.waiting(), 0);
  EXPECT_EQ(beat_.number(), 2);
  EXPECT_EQ(beat_.period_s(), 1);
}

TEST_F(WatchSessionTest, HeartbeatsByTheClockWithoutCreditToo) {
  log_.Append(0, {1, 1});
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  EXPECT_EQ(Drain(), Words({"beat"}));
  EXPECT_EQ(session_->Deadline(), now_ + kPeriod);
  now_ += kPeriod - milliseconds(1);
  EXPECT_EQ(Drain(), Words());
  now_ += milliseconds(1);
  EXPECT_EQ(Drain(), Words({"beat"}));
  EXPECT_EQ(beat_.waiting(), 1);
}

TEST_F(WatchSessionTest, EvaluatedIsAsOfWhatTheClientHasBeenSent) {
  log_.Evaluate(100);
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  EXPECT_EQ(Drain(), Words({"beat", "beat"}));
  EXPECT_EQ(beat_.evaluated(0).evaluated_up_to_us(), 100);
  log_.Append(0, {1, 1});
  log_.Evaluate(200);
  EXPECT_EQ(Drain(), Words());  // parked
  now_ += kPeriod;
  EXPECT_EQ(Drain(), Words({"beat"}));
  EXPECT_EQ(beat_.evaluated(0).evaluated_up_to_us(), 100);
  ASSERT_TRUE(Credit(1).ok());
  EXPECT_EQ(Drain(), Words({"1.1"}));
  now_ += kPeriod;
  EXPECT_EQ(Drain(), Words({"beat"}));
  EXPECT_EQ(beat_.evaluated(0).evaluated_up_to_us(), 200);
}

TEST_F(WatchSessionTest, ASilentClientIsGivenUp) {
  Begin();
  EXPECT_EQ(session_->Deadline(), now_ + 3 * kPeriod);
  ASSERT_TRUE(Subscribe().ok());
  now_ += 2 * kPeriod;
  EXPECT_EQ(Drain(), Words({"beat", "end", "beat"}));
  v1::WatchRequest echo;
  echo.set_heartbeat_echo(beat_.number());
  ASSERT_TRUE(session_->Receive(echo, now_).ok());
  for (int beats = 0; beats < 2; ++beats) {
    now_ += kPeriod;
    EXPECT_EQ(Drain(), Words({"beat"}));
  }
  now_ += kPeriod - milliseconds(1);
  EXPECT_TRUE(session_->Silence(now_).ok());
  EXPECT_EQ(Drain(), Words());
  now_ += milliseconds(1);
  EXPECT_EQ(session_->Silence(now_).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Drain(), Words({"DEADLINE_EXCEEDED"}));
}

TEST_F(WatchSessionTest, WhatPeopleDoFollowsTheWarningsAndTakesCredit) {
  log_.Append(0, {1, 1});
  log_.Act(1);
  log_.digest = 99;
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(2).ok());
  // What was done before the snapshot is in it.
  EXPECT_EQ(Drain(), Words({"beat", "(1.1)", "end", "beat"}));
  EXPECT_EQ(beat_.open_digest(), 99U);
  log_.Act(1);
  log_.Act(2, false);
  log_.Append(0, {3, 1});
  log_.Act(3);
  EXPECT_EQ(Drain(), Words({"3.1"}));  // the credit is used up
  EXPECT_TRUE(session_->parked());
  now_ += kPeriod;
  EXPECT_EQ(Drain(), Words({"beat"}));
  EXPECT_EQ(beat_.waiting(), 2);
  EXPECT_FALSE(beat_.has_open_digest());
  ASSERT_TRUE(Credit(10).ok());
  EXPECT_EQ(Drain(), Words({"~1", "~3"}));
  EXPECT_EQ(cursor_.actions_offset(), 4);
  EXPECT_FALSE(session_->parked());
  const v1::Cursor resume = cursor_;
  log_.Act(3);
  Begin();
  ASSERT_TRUE(Subscribe(resume).ok());
  ASSERT_TRUE(Credit(10).ok());
  EXPECT_EQ(Drain(), Words({"beat", "~3", "beat"}));
}

TEST_F(WatchSessionTest, CursorsThatCannotGoOn) {
  log_.Append(0, {1, 1});
  log_.floors = {1, 0};
  for (const v1::Cursor& cursor :
       {At("before", {1, 0}), At("now", {0, 0}), At("now", {2, 0}), At("now", {1}), v1::Cursor()}) {
    Begin();
    EXPECT_EQ(Subscribe(cursor).code(), absl::StatusCode::kOutOfRange) << cursor.DebugString();
  }
  Begin();
  EXPECT_TRUE(Subscribe(At("now", {1, 0})).ok());
}

TEST_F(WatchSessionTest, WhatAClientMayNotSay) {
  Begin();
  EXPECT_EQ(Credit(1).code(), absl::StatusCode::kInvalidArgument);  // before the subscription
  ASSERT_TRUE(Subscribe().ok());
  EXPECT_EQ(Subscribe().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Credit(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Credit(-5).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(session_->Receive({}, now_).code(), absl::StatusCode::kInvalidArgument);
  v1::WatchRequest request;
  request.set_heartbeat_echo(1);
  EXPECT_EQ(session_->Receive(request, now_).code(), absl::StatusCode::kInvalidArgument);
  *request.mutable_acknowledged() = At("now", {1, 0});  // not sent
  EXPECT_EQ(session_->Receive(request, now_).code(), absl::StatusCode::kInvalidArgument);
  *request.mutable_acknowledged() = At("before", {0, 0});
  EXPECT_EQ(session_->Receive(request, now_).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(WatchSessionTest, AcknowledgedIsMeasured) {
  log_.Append(0, {1, 1});
  log_.Append(0, {2, 1});
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  ASSERT_TRUE(Credit(5).ok());
  Drain();
  EXPECT_EQ(session_->acknowledged_lag(), 2);
  v1::WatchRequest request;
  *request.mutable_acknowledged() = At("now", {1, 0});
  ASSERT_TRUE(session_->Receive(request, now_).ok());
  EXPECT_EQ(session_->acknowledged_lag(), 1);
  *request.mutable_acknowledged() = cursor_;
  ASSERT_TRUE(session_->Receive(request, now_).ok());
  *request.mutable_acknowledged() = At("now", {1, 0});  // an old one comes late
  ASSERT_TRUE(session_->Receive(request, now_).ok());
  EXPECT_EQ(session_->acknowledged_lag(), 0);
}

TEST_F(WatchSessionTest, AParkedClientCostsAPositionAndNoMore) {
  for (int n = 1; n <= 500; ++n) log_.Append(0, {n, 1});
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  Drain();
  log_.in_memory = 0;
  for (int i = 0; i < 100; ++i) Drain();
  // One look at what is next each time that it is woken, none of it kept.
  EXPECT_LE(log_.in_memory, 100);
}

// Whatever the log, the credits and the breaks: every visible record once, in the order of its
// partition, and nothing else.
TEST_F(WatchSessionTest, PropertyNothingLostNothingDoubled) {
  std::mt19937_64 engine(20080229);
  const auto below = [&](uint64_t n) { return engine() % n; };
  for (int round = 0; round < 300; ++round) {
    log_ = FakeLog(2);
    log_.most_at_once = static_cast<int>(1 + below(5));
    std::map<int, int> revisions;
    const auto append = [&] {
      const int number = static_cast<int>(below(12));
      const size_t partition = static_cast<size_t>(number % 2);
      if (number == 0) return log_.Append(below(2), {0, 0});
      log_.Append(partition, {number, ++revisions[number], below(4) != 0, below(5) != 0});
    };
    for (uint64_t i = below(20); i > 0; --i) append();
    const std::vector<size_t> before = {log_.logs[0].size(), log_.logs[1].size()};
    const bool snapshot = below(2) == 0;
    Begin();
    ASSERT_TRUE((snapshot ? Subscribe() : Subscribe(At("now", {0, 0}))).ok());
    Words said;
    bool resumed = false;
    for (int step = 0; step < 60; ++step) {
      switch (below(5)) {
        case 0:
          append();
          break;
        case 1:
          ASSERT_TRUE(Credit(static_cast<int32_t>(1 + below(3))).ok());
          break;
        case 2:
          if (below(6) == 0 && !cursor_.epoch().empty() && !said.empty()) {
            // The link breaks and the client comes back with what it has.
            Begin();
            ASSERT_TRUE(Subscribe(cursor_).ok());
            resumed = true;
          }
          break;
        default:
          for (const std::string& word : Drain()) {
            if (word != "beat" && word != "end") said.push_back(word);
          }
      }
    }
    ASSERT_TRUE(Credit(1000).ok());
    for (const std::string& word : Drain()) {
      if (word != "beat" && word != "end") said.push_back(word);
    }
    cursor_.Clear();

    std::multiset<std::string> got;
    std::map<int, int> last;
    for (std::string word : said) {
      if (word.front() == '(') word = word.substr(1, word.size() - 2);
      got.insert(word);
      const auto dot = word.find('.');
      const int number = std::stoi(word.substr(0, dot));
      const int revision = std::stoi(word.substr(dot + 1));
      ASSERT_GT(revision, last[number]) << "round " << round;
      last[number] = revision;
    }
    for (size_t p = 0; p < 2; ++p) {
      for (size_t o = 0; o < log_.logs[p].size(); ++o) {
        const FakeLog::Entry& entry = log_.logs[p][o];
        const std::string word = StrCat(entry.number, ".", entry.revision);
        const size_t times = got.count(word);
        if (entry.number == 0 || !entry.visible) {
          ASSERT_EQ(times, 0U) << "round " << round;
        } else if (!snapshot || o >= before[p]) {
          ASSERT_EQ(times, 1U) << "round " << round << " " << word;
        } else {
          // In the snapshot only what stood; after a break in it, the log from there.
          ASSERT_LE(times, 1U) << "round " << round << " " << word;
          const bool ended_before = !entry.open && revisions[entry.number] == entry.revision;
          if (!resumed && ended_before) {
            ASSERT_EQ(times, 0U) << "round " << round << " " << word;
          }
        }
        if (entry.number != 0 && entry.visible && entry.open &&
            revisions[entry.number] == entry.revision) {
          ASSERT_EQ(times, 1U) << "round " << round << ": a standing warning is missing";
        }
      }
    }
  }
}

}  // namespace
}  // namespace tocsin::gateway
