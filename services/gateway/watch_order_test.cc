// The gravest first, and Extreme ahead of what waits: against a plain restatement of the contract.
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/watch_log_testing.h"

namespace tocsin::gateway {
namespace {

using WatchOrderTest = WatchSessionTest;

FakeLog::Entry Of(int number, int revision, v1::Severity severity, bool open = true) {
  return {number, revision, true, open, severity};
}

TEST_F(WatchOrderTest, TheGravestOfASnapshotComeFirst) {
  log_.Append(0, Of(1, 1, v1::SEVERITY_MINOR));
  log_.Append(1, Of(2, 1, v1::SEVERITY_UNSPECIFIED));
  log_.Append(0, Of(3, 1, v1::SEVERITY_EXTREME));
  log_.Append(0, Of(4, 1, v1::SEVERITY_MODERATE));
  log_.Append(1, Of(5, 1, v1::SEVERITY_SEVERE));
  log_.Append(1, Of(6, 1, v1::SEVERITY_EXTREME));
  log_.Append(1, Of(7, 1, v1::SEVERITY_UNKNOWN));
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(10).ok());
  EXPECT_EQ(Drain(), Words({"beat", "(3.1)", "(6.1)", "(5.1)", "(4.1)", "(1.1)", "(2.1)", "(7.1)",
                            "end", "beat"}));
}

TEST_F(WatchOrderTest, WhatIsExtremeGoesAheadOfASnapshotAndIsNotSentTwice) {
  for (int n = 1; n <= 4; ++n) log_.Append(0, Of(n, 1, v1::SEVERITY_MINOR));
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(2).ok());
  EXPECT_EQ(Drain(), Words({"beat", "(1.1)", "(2.1)"}));
  log_.Append(0, Of(8, 1, v1::SEVERITY_SEVERE));
  log_.Append(0, Of(9, 1, v1::SEVERITY_EXTREME));
  log_.Append(1, Of(3, 2, v1::SEVERITY_MINOR));
  ASSERT_TRUE(Credit(1).ok());
  EXPECT_EQ(Drain(), Words({"9.1"}));
  log_.Append(0, Of(9, 2, v1::SEVERITY_MINOR, false));  // it must not stand longer than it does
  ASSERT_TRUE(Credit(1).ok());
  EXPECT_EQ(Drain(), Words({"9.2"}));
  ASSERT_TRUE(Credit(10).ok());
  EXPECT_EQ(Drain(), Words({"(3.1)", "(4.1)", "end", "3.2", "8.1", "beat"}));
}

TEST_F(WatchOrderTest, WhatIsOvertakenIsNotSentAnyMore) {
  for (int n = 1; n <= 30; ++n) log_.Append(0, Of(n, 1, v1::SEVERITY_MINOR));
  log_.Append(0, Of(5, 2, v1::SEVERITY_SEVERE));
  log_.Append(0, Of(5, 3, v1::SEVERITY_EXTREME));
  log_.Append(0, Of(5, 4, v1::SEVERITY_SEVERE));
  log_.Append(0, Of(5, 5, v1::SEVERITY_SEVERE));
  Begin();
  ASSERT_TRUE(Subscribe(At("now", {0, 0})).ok());
  ASSERT_TRUE(Credit(100).ok());
  Words said = Drain();
  EXPECT_EQ(Words(said.begin(), said.begin() + 4), Words({"beat", "5.3", "5.4", "1.1"}));
  EXPECT_EQ(Words(said.end() - 2, said.end()), Words({"5.5", "beat"}));
  EXPECT_EQ(std::count(said.begin(), said.end(), "5.1"), 0);
  EXPECT_EQ(std::count(said.begin(), said.end(), "5.2"), 0);
  EXPECT_EQ(said.size(), 2U + 29 + 3);
}

TEST_F(WatchOrderTest, ACursorWithinASnapshotGoesOnInIt) {
  for (int n = 1; n <= 6; ++n) {
    log_.Append(static_cast<size_t>(n % 2),
                Of(n, 1, n > 3 ? v1::SEVERITY_SEVERE : v1::SEVERITY_MINOR));
  }
  Begin();
  ASSERT_TRUE(Subscribe().ok());
  ASSERT_TRUE(Credit(4).ok());
  Words said = Drain();
  ASSERT_EQ(said.size(), 5U);
  EXPECT_EQ(cursor_.offsets_size(), 0);  // a gateway that knows no such place refuses it
  const v1::Cursor place = cursor_;
  log_.Append(0, Of(4, 2, v1::SEVERITY_MINOR));
  Begin();
  ASSERT_TRUE(Subscribe(place).ok());
  ASSERT_TRUE(Credit(10).ok());
  for (const std::string& word : Drain()) said.push_back(word);
  EXPECT_THAT(said,
              ::testing::UnorderedElementsAre("beat", "(4.1)", "(5.1)", "(6.1)", "(1.1)", "beat",
                                              "(2.1)", "(3.1)", "end", "4.2", "beat"));
}

TEST_F(WatchOrderTest, CursorsWithAPlaceThatCannotBe) {
  log_.Append(0, Of(1, 1, v1::SEVERITY_MINOR));
  const auto refused = [&](auto change) {
    v1::Cursor cursor = MakeCursor(
        {"now", "people"}, Place{{{1, 0}, 0}, {1, 0}, SnapshotPlace{v1::SEVERITY_MINOR, {0, 0}}});
    change(cursor);
    Begin();
    return Subscribe(cursor).code();
  };
  constexpr auto kRange = absl::StatusCode::kOutOfRange;
  EXPECT_EQ(refused([](v1::Cursor&) {}), absl::StatusCode::kOk);
  EXPECT_EQ(
      refused([](v1::Cursor& c) { c.mutable_snapshot()->set_severity(v1::SEVERITY_UNSPECIFIED); }),
      kRange);
  EXPECT_EQ(refused([](v1::Cursor& c) { c.mutable_snapshot()->set_offsets(0, 2); }), kRange);
  EXPECT_EQ(refused([](v1::Cursor& c) { c.mutable_snapshot()->set_offsets(0, -1); }), kRange);
  EXPECT_EQ(refused([](v1::Cursor& c) { c.mutable_snapshot()->clear_offsets(); }), kRange);
  EXPECT_EQ(refused([](v1::Cursor& c) { c.mutable_snapshot()->set_log(0, 2); }), kRange);
  EXPECT_EQ(refused([](v1::Cursor& c) { c.add_ahead(1); }), kRange);
  EXPECT_EQ(refused([](v1::Cursor& c) { c.add_ahead(7), c.add_ahead(0); }), kRange);
  log_.floors = {2, 0};
  EXPECT_EQ(refused([](v1::Cursor&) {}), kRange);
}

// What a client may be told, by a plain reading of the contract, and what must never be.
struct Told {
  std::map<int, int> last;  // greatest revision by number
  std::set<std::pair<int, int>> said;
};

// Whatever the log, the credit, and the breaks after any message: nothing twice, the revisions of a
// warning in order, every last revision in the end, and of the log no gap but what was overtaken.
TEST_F(WatchOrderTest, PropertyAnyBreakAnyOrder) {
  std::mt19937_64 engine(20080229);
  const auto below = [&](uint64_t n) { return engine() % n; };
  int overtaken = 0;
  for (int round = 0; round < 400; ++round) {
    log_ = FakeLog(2);
    log_.most_at_once = static_cast<int>(1 + below(5));
    std::map<int, int> revisions;
    const auto append = [&](uint64_t many) {
      for (uint64_t i = 0; i < many; ++i) {
        const int number = static_cast<int>(below(15));
        if (number == 0) {
          log_.Append(below(2), {0, 0});
        } else {
          log_.Append(static_cast<size_t>(number % 2),
                      {number, ++revisions[number], below(6) != 0, below(5) != 0,
                       static_cast<v1::Severity>(below(6))});
        }
      }
    };
    append(below(60));
    const std::vector<size_t> before = {log_.logs[0].size(), log_.logs[1].size()};
    // What stood when the snapshot began, and never changed until it was complete.
    const bool snapshot = below(2) == 0;
    std::optional<v1::Cursor> resume;
    if (!snapshot) resume = At("now", {0, 0});
    Told told;
    const auto take = [&](const std::string& word) {
      if (word == "beat" || word == "end") return;
      const std::string plain = word[0] == '(' ? word.substr(1, word.size() - 2) : word;
      const size_t dot = plain.find('.');
      const int number = std::stoi(plain.substr(0, dot));
      const int revision = std::stoi(plain.substr(dot + 1));
      ASSERT_TRUE(told.said.emplace(number, revision).second) << round << ": " << word << " twice";
      ASSERT_GT(revision, told.last[number]) << round << ": " << word << " out of order";
      told.last[number] = revision;
    };
    // Streams of a few messages each, then one to the end.
    const bool cut_each = below(3) == 0;
    bool complete = false;
    for (int stream = 0; !complete; ++stream) {
      ASSERT_LT(stream, 1000);
      Begin();
      ASSERT_TRUE(Subscribe(resume).ok()) << round;
      ASSERT_TRUE(Credit(1000).ok());
      complete = !cut_each && stream == 6;
      const uint64_t most = complete ? 100'000 : cut_each ? 1 : below(12);
      uint64_t messages = 0;
      while (messages < most) {
        const WatchSession::Step step = session_->Next(now_);
        ASSERT_TRUE(step.end.ok());
        if (!step.message && !step.more) {
          complete = complete || cut_each;
          break;
        }
        if (below(10) == 0 && revisions.size() < 200 && stream < 40) append(below(4));
        if (!step.message) continue;
        const std::string word = Say(*step.message);
        ASSERT_NO_FATAL_FAILURE(take(word));
        if (word == "beat") continue;
        ++messages;
        resume = cursor_;
        if (below(3) == 0) Receive();
        if (below(3) == 0) {
          v1::WatchRequest request;
          *request.mutable_acknowledged() = cursor_;
          ASSERT_TRUE(session_->Receive(request, now_).ok()) << cursor_.ShortDebugString();
        }
      }
    }
    for (size_t p = 0; p < 2; ++p) {
      const auto& log = log_.logs[p];
      for (size_t o = 0; o < log.size(); ++o) {
        const FakeLog::Entry& entry = log[o];
        if (entry.number == 0) continue;
        const bool told_of = told.said.contains({entry.number, entry.revision});
        if (!entry.visible) {
          ASSERT_FALSE(told_of) << round;
          continue;
        }
        const bool last = revisions[entry.number] == entry.revision;
        const bool in_log = !snapshot || o >= before[p];
        if (last && (entry.open || in_log)) {
          ASSERT_TRUE(told_of) << round << ": " << entry.number << "." << entry.revision;
        }
        if (in_log && !told_of) {
          // Only because something later of it came first.
          ASSERT_GT(told.last[entry.number], entry.revision) << round;
          ++overtaken;
        }
      }
    }
  }
  EXPECT_GT(overtaken, 20);
}

}  // namespace
}  // namespace tocsin::gateway
