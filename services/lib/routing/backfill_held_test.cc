// What is read again meets what is held of the same event. docs/decisions/0015.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/backfill_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(BackfillTest, WhatWasCorrectedOrWithdrawnIsNotBroughtBack) {
  const Event first = MakeEvent("west", "1", 5, kStart);
  Event moved = Revised(first, RevisionKind::kCorrect);
  moved.place.point->longitude = 15;
  const Event second = MakeEvent("west", "2", 5, kStart);
  const Event third = MakeEvent("west", "3", 5, kStart);
  for (const Event& event :
       {first, second, third, moved, Revised(second, RevisionKind::kWithdraw)}) {
    Live(event);
  }
  line_.Activate(Documents());
  line_.Close();
  // One is corrected in the meantime: it is where it belongs before it has been read again.
  Event late = Revised(third, RevisionKind::kCorrect);
  late.place.point->longitude = 15;
  Live(late);
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east"));
  ExpectBackfill(false);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Again(kWest).ok());
    EXPECT_THAT(line_.effects().keyed, IsEmpty()) << i;
  }
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east"));
  EXPECT_EQ(line_.Records<Insert>()[0].event.revision, 2);
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("passed_over"), 4);
}

TEST_F(BackfillTest, OfEqualRevisionsTheFirstCountsAgain) {
  const Event filed = MakeEvent("west", "1", 5, kStart);
  const Event event = Revised(filed, RevisionKind::kCorrect);
  Event other = event;
  other.place.point->longitude = 15;
  Event withdrawn = event;
  withdrawn.revision_kind = RevisionKind::kWithdraw;
  for (const Event& e : {filed, event, other, withdrawn}) Live(e);
  line_.Activate(Documents());
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Again(kWest).ok());
    EXPECT_THAT(line_.effects().keyed, IsEmpty());
  }
}

TEST_F(BackfillTest, AWithdrawalOfARevisionThatStandsUndoesNothing) {
  const Event event = MakeEvent("west", "1", 9.7, kStart);
  Event withdrawn = event;
  withdrawn.revision_kind = RevisionKind::kWithdraw;
  Live(event);
  Live(withdrawn);
  line_.Activate(Documents());
  line_.Close();
  // The log no longer has the first.
  line_.router().Skip(AgainSource(kWest), 0, line_.state());
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
}

TEST_F(BackfillTest, ALaterRevisionReplacesTheEarlierOneForWhoeverWantsThat) {
  std::vector<Document> sightings = Replaced(Documents(), "security.attack]", "security.sighting]");
  std::erase_if(sightings, [](const Document& d) { return d.name != "by-area"; });
  std::vector<Document> documents = Replaced(sightings, "by-area", "by-sighting");
  documents[0].name = "by-sighting";
  const std::vector<Document> all = Documents();
  documents.insert(documents.end(), all.begin(), all.end());
  line_.Activate(all);
  line_.Close();
  Event event = MakeEvent("west", "1", 5, kStart);
  event.type = "security.sighting";
  Live(event);
  event = Revised(event, RevisionKind::kCorrect);
  event.type = "security.attack";
  Live(event);
  Live(MakeEvent("west", "2", 55, kStart + 100 * kDay));
  line_.Close();
  ASSERT_EQ(line_.total("expired"), 1);
  line_.Activate(documents);
  ASSERT_THAT(Backfilling(), ElementsAre("by-sighting"));
  line_.Close();
  for (int revision = 1; revision <= 2; ++revision) {
    ASSERT_TRUE(Again(kWest).ok());
    ASSERT_THAT(line_.Keys<Insert>(), ElementsAre("area=west")) << revision;
    EXPECT_EQ(line_.Records<Insert>()[0].event.revision, revision);
    ExpectBackfill(true);
  }
}

TEST_F(BackfillTest, AreasThatMoveTakeTheirEventsBack) {
  line_.Activate(Documents());
  Live(MakeEvent("west", "1", 3, kStart));
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
  line_.Close();
  line_.Activate(Moved(Documents()));
  EXPECT_EQ(line_.Records<Control>()[0].backfilling.size(), 4U);
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty());
}

TEST_F(BackfillTest, KeysThatNoRuleHasAnyMoreAreKeptForCorrections) {
  Event event = MakeEvent("west", "1", 9.7, kStart);
  Live(event);
  const auto others = Replaced(Documents(), "group_by: [corridor]", "group_by: [mission]");
  line_.Activate(others);
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east", "area=west", "mission=west"));
  event = Revised(event, RevisionKind::kWithdraw);
  Live(event);
  EXPECT_THAT(line_.Keys<Withdraw>(),
              ElementsAre("area=east", "area=west", "corridor=border", "mission=west"));
}

TEST_F(BackfillTest, LateEventsStayLate) {
  Event event = MakeEvent("west", "1", 5, kStart);
  event.accepted = event.observed.to + 21 * kDay;
  Live(event);
  line_.Activate(Documents());
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("late"), 1);  // once, when it was read first
}

TEST_F(BackfillTest, NothingIsForgottenWhileItRuns) {
  const Event event = MakeEvent("west", "1", 5, kStart);
  Live(event);
  line_.Activate(Documents());
  line_.Close();
  Live(Revised(event, RevisionKind::kWithdraw));
  Live(MakeEvent("west", "2", 5, kStart + 100 * kDay));
  line_.Close();
  EXPECT_EQ(line_.total("expired"), 0);
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  line_.Close();
  EXPECT_EQ(line_.Records<BackfillDone>().size(), 4U);
  line_.Observe({.clock = kUnknownTime, .sources = {}, .beat = true});
  line_.Close();
  EXPECT_EQ(line_.total("expired"), 1);
}

TEST_F(BackfillTest, WhatTheNewRulesLookBackForIsRememberedForThem) {
  // Unkeyed so far, and kept for the longest lateness: 20 d.
  const Event event = MakeEvent("west", "1", 5, kStart);
  Live(event);
  const auto beat = [&](int day) {
    Live(MakeEvent("west", "at " + std::to_string(day), 55, kStart + day * kDay));
    line_.Close();
  };
  line_.Activate(Replaced(Documents(), "window: 5d", "window: 40d"));
  line_.Close();
  AllAgain();
  beat(70);  // 20 d + 40 d + 20 d
  EXPECT_EQ(line_.total("expired"), 0);
  Live(Revised(event, RevisionKind::kWithdraw, 70 * kDay));
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
}

TEST_F(BackfillTest, WhatWasForgottenIsTakenBackEverywhereWhenAreasMove) {
  line_.Activate(Documents());
  line_.Close();
  const Event event = MakeEvent("west", "1", 3, kStart);
  Live(event);
  Live(MakeEvent("west", "2", 55, kStart + 100 * kDay));
  line_.Close();
  ASSERT_EQ(line_.total("expired"), 1);

  // Where nothing moved, copies are where they belong.
  line_.Activate(Replaced(Documents(), "window: 5d", "window: 6d"));
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));

  // That it is held again does not say where it was put before it was forgotten.
  line_.Activate(Moved(Documents()));
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  ASSERT_GE(line_.Records<Withdraw>().size(), 4U);
  for (int i = 0; i < 4; ++i) EXPECT_THAT(line_.Records<Withdraw>()[i].keys, IsEmpty());
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty());
  line_.Close();
  Live(Revised(event, RevisionKind::kCorrect));
  ASSERT_EQ(line_.Records<Withdraw>().size(), 4U);
  EXPECT_THAT(line_.Records<Withdraw>()[0].keys, IsEmpty());
}

}  // namespace
}  // namespace tocsin::testing_pack
