#include "lib/filing/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;

Event Report(const std::string& id, int32_t revision, int64_t accepted,
             std::vector<std::string> flags = {}) {
  Event event;
  event.identity = {MissionId("unamid"), EventId(id)};
  event.revision = revision;
  event.revision_kind = revision == 1 ? RevisionKind::kFile : RevisionKind::kCorrect;
  event.accepted = FromMicros(accepted);
  event.flags = std::move(flags);
  return event;
}

void Apply(State& state, const Event& event, int64_t offset, int32_t partition = 0,
           std::optional<SessionMark> mark = std::nullopt) {
  view::Apply(state, {event, "bytes of " + event.identity.id.str(),
                      "hash " + std::to_string(event.revision), partition, offset, mark});
}

std::vector<std::string> TriageIds(const State& state) {
  std::vector<std::string> ids;
  for (const CurrentRevision& item : view::Triage(state, 100, "")->items) {
    ids.push_back(item.event);
  }
  return ids;
}

TEST(View, KnowsEveryRevisionAndTheLastInFull) {
  MemoryState state;
  Apply(state, Report("a", 1, 10), 5);
  Apply(state, Report("a", 2, 20), 9, 1);
  const auto current = view::Current(state, EventId("a"));
  ASSERT_TRUE(current);
  EXPECT_EQ(current->logged.revision, 2);
  EXPECT_EQ(current->logged.partition, 1);
  EXPECT_EQ(current->event, "bytes of a");
  const auto first = view::Revision(state, EventId("a"), 1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->hash, "hash 1");
  EXPECT_EQ(first->offset, 5);
  EXPECT_FALSE(view::Revision(state, EventId("a"), 3));
  EXPECT_FALSE(view::Current(state, EventId("b")));
}

TEST(View, TheFirstOfTwoEqualRevisionsStands) {
  MemoryState state;
  Apply(state, Report("a", 1, 10), 5);
  Apply(state, Report("a", 1, 30), 6);
  EXPECT_EQ(view::Current(state, EventId("a"))->logged.offset, 5);
  EXPECT_THAT(view::Positions(state), ElementsAre(std::make_pair(0, 7)));
  EXPECT_EQ(view::LastAccepted(state, 0), FromMicros(30));
}

TEST(View, PositionsAndAcceptTimesAreOfEachPartition) {
  MemoryState state;
  Apply(state, Report("a", 1, 10), 0, 0);
  Apply(state, Report("b", 1, 5), 7, 1);
  view::Skip(state, 1, 8);
  EXPECT_THAT(view::Positions(state), ElementsAre(std::make_pair(0, 1), std::make_pair(1, 9)));
  EXPECT_EQ(view::LastAccepted(state, 1), FromMicros(5));
  EXPECT_EQ(view::LastAccepted(state, 2), kUnknownTime);
}

TEST(View, TheTriageListHoldsWhatHasFlagsNow) {
  MemoryState state;
  Apply(state, Report("late", 1, 20, {"doubtful_time"}), 0);
  Apply(state, Report("early", 1, 10, {"unknown_type"}), 1);
  Apply(state, Report("fine", 1, 15), 2);
  EXPECT_THAT(TriageIds(state), ElementsAre("bytes of early", "bytes of late"));
  Apply(state, Report("late", 2, 30), 3);  // corrected
  EXPECT_THAT(TriageIds(state), ElementsAre("bytes of early"));
  Event withdrawn = Report("early", 2, 40, {"unknown_type"});
  withdrawn.revision_kind = RevisionKind::kWithdraw;
  Apply(state, withdrawn, 4);
  EXPECT_THAT(TriageIds(state), ElementsAre());
}

TEST(View, TheTriageListHasPages) {
  MemoryState state;
  for (int i = 0; i < 5; ++i) {
    Apply(state, Report(std::to_string(i), 1, 10 + i, {"unknown_type"}), i);
  }
  std::vector<std::string> seen;
  std::string token;
  do {
    const auto page = view::Triage(state, 2, token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->items.size(), 2U);
    for (const auto& item : page->items) seen.push_back(item.event);
    token = page->next_token;
  } while (!token.empty());
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(view::Triage(state, 100, "", /*max_bytes=*/1)->items.size(), 1U);
  for (const char* bad : {"x", "00", "zz", "abc"}) {
    EXPECT_FALSE(view::Triage(state, 2, bad).ok()) << bad;
  }
}

SessionMark Mark(int64_t sequence, int64_t previous) {
  return {"birao-1", "s1", sequence, previous};
}

TEST(View, ASessionGoesOnOverRefusedReadings) {
  MemoryState state;
  Apply(state, Report("1", 1, 1), 0, 0, Mark(1, 0));
  Apply(state, Report("4", 1, 1), 1, 0, Mark(4, 1));  // 2 and 3 were refused
  EXPECT_EQ(view::SessionProgress(state, "birao-1", "s1"), 4);
  EXPECT_EQ(view::SessionProgress(state, "birao-1", "s2"), 0);
}

TEST(View, ASessionDoesNotGoOnOverALostReading) {
  MemoryState state;
  Apply(state, Report("1", 1, 1), 0, 0, Mark(1, 0));
  Apply(state, Report("3", 1, 1), 1, 0, Mark(3, 2));  // 2 did not reach the log
  Apply(state, Report("4", 1, 1), 2, 0, Mark(4, 3));
  EXPECT_EQ(view::SessionProgress(state, "birao-1", "s1"), 1);
  Apply(state, Report("2", 1, 1), 3, 0, Mark(2, 1));
  EXPECT_EQ(view::SessionProgress(state, "birao-1", "s1"), 4);
}

TEST(View, ProgressNeverGoesBack) {
  MemoryState state;
  view::SetSessionProgress(state, "f", "s", 7);
  view::SetSessionProgress(state, "f", "s", 3);
  EXPECT_EQ(view::SessionProgress(state, "f", "s"), 7);
}

}  // namespace
}  // namespace tocsin
