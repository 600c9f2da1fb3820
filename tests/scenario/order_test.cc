// The shipped record in other orders of arrival ends with the same standing content, as long as
// nothing is later than its type allows; and the same order gives the same bytes.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "lib/backtest/replay.h"
#include "pipeline.h"

namespace tocsin::scenario {
namespace {

// The record spans two years: within this lateness any order is within lateness.
constexpr int kAnyOrder = 3000;

class Order : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    documents_ = ShippedDocuments(kAnyOrder);
    events_ = ShippedEvents();
    Pipeline straight(documents_);
    straight.Run(events_, 10);
    standing_ = straight.Standing();
  }

  // Of one identity a later revision never arrives before an earlier one: ingest sees to that.
  static std::vector<Event> KeepRevisionsInOrder(std::vector<Event> events) {
    std::map<Identity, std::vector<size_t>> places;
    for (size_t i = 0; i < events.size(); ++i) places[events[i].identity].push_back(i);
    for (auto& [identity, at] : places) {
      std::vector<Event> revisions;
      for (const size_t i : at) revisions.push_back(events[i]);
      std::sort(revisions.begin(), revisions.end(),
                [](const Event& a, const Event& b) { return a.revision < b.revision; });
      for (size_t i = 0; i < at.size(); ++i) events[at[i]] = revisions[i];
    }
    return events;
  }

  static void ExpectSameStanding(std::vector<Event> events, size_t batch, const std::string& what,
                                 int32_t partitions = Pipeline::kPartitions) {
    Pipeline other(documents_, partitions);
    other.Run(KeepRevisionsInOrder(std::move(events)), batch);
    const auto standing = other.Standing();
    EXPECT_EQ(standing.size(), standing_.size()) << what;
    EXPECT_TRUE(standing == standing_) << what << ": the standing content differs";
  }

  inline static std::vector<Document> documents_;
  inline static std::vector<Event> events_;
  inline static std::multiset<WarningContent> standing_;
};

TEST_F(Order, TheRecordFiresRulesOfEveryKind) {
  std::set<std::string> rules;
  for (const WarningContent& content : standing_) rules.insert(content.rule_id.str());
  EXPECT_GE(rules.size(), 5U);
}

TEST_F(Order, ReversedArrivalEndsTheSame) {
  std::vector<Event> events = events_;
  std::reverse(events.begin(), events.end());
  ExpectSameStanding(events, 7, "reversed");
}

TEST_F(Order, ShuffledArrivalEndsTheSame) {
  for (const uint64_t seed : {1, 2, 3}) {
    std::vector<Event> events = events_;
    std::mt19937_64 random(seed);
    std::shuffle(events.begin(), events.end(), random);
    ExpectSameStanding(events, 1 + seed * 5, "shuffled with seed " + std::to_string(seed));
  }
}

TEST_F(Order, EveryReportTwiceEndsTheSame) {
  std::vector<Event> events;
  for (const Event& event : events_) {
    events.push_back(event);
    events.push_back(event);
  }
  ExpectSameStanding(events, 10, "doubled");
}

TEST_F(Order, AnyNumberOfPartitionsEndsTheSame) {
  for (const int32_t partitions : {1, 3, 32}) {
    ExpectSameStanding(events_, 10, std::to_string(partitions) + " partitions", partitions);
  }
}

// Another clock, other steps of time and one partition instead of four.
TEST_F(Order, ABacktestEndsTheSame) {
  const absl::StatusOr<Pack> pack = ParsePack(documents_, {});
  ASSERT_TRUE(pack.ok()) << pack.status();
  std::map<WarningId, Warning> last;
  const absl::Status status =
      Replay(documents_, *pack, ShippedReports(), {},
             [&](Time, const Warning& warning) { last[warning.id] = warning; });
  ASSERT_TRUE(status.ok()) << status;
  std::multiset<WarningContent> standing;
  for (const auto& [id, warning] : last) {
    if (warning.message_type != MessageType::kCancel) standing.insert(warning.content);
  }
  EXPECT_EQ(standing.size(), standing_.size());
  EXPECT_TRUE(standing == standing_);
}

TEST_F(Order, TheSameSequenceGivesTheSameBytes) {
  Pipeline a(documents_), b(documents_);
  a.Run(events_, 10);
  b.Run(events_, 10);
  EXPECT_TRUE(a.bytes() == b.bytes());
}

}  // namespace
}  // namespace tocsin::scenario
