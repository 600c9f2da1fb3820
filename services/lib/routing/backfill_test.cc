// What is read again when rules change, and what comes of it. docs/decisions/0015.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/backfill_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(BackfillTest, TheFirstRulesHaveNone) {
  Timeline line;
  line.router().Skip(kWest, 6, line.state());
  line.Activate();
  EXPECT_THAT(line.Records<Control>()[0].backfilling, IsEmpty());
  EXPECT_THAT(line.Records<BackfillDone>(), IsEmpty());
  EXPECT_THAT(line.router().Rereads(), IsEmpty());
}

TEST_F(BackfillTest, WithoutAnyEventsItIsDoneAtOnce) {
  line_.Activate(Documents());
  ASSERT_EQ(line_.effects().keyed.size(), 8U);
  EXPECT_THAT(line_.Records<Control>()[0].backfilling, ElementsAre(RuleId("by-area")));
  ASSERT_EQ(line_.Records<BackfillDone>().size(), 4U);
  const BackfillDone done = line_.Records<BackfillDone>()[0];
  EXPECT_EQ(done.rules_digest, MakeActivation(Documents()).digest);
  EXPECT_THAT(done.rules, ElementsAre(RuleId("by-area")));
  EXPECT_THAT(Backfilling(), IsEmpty());
}

TEST_F(BackfillTest, RulesThatAreOnlyToldOtherwiseNeedNone) {
  Live(MakeEvent("west", "1", 5, kStart));
  line_.Activate(Replaced(kBefore, "{moderate: 2}", "{moderate: 3}"));
  EXPECT_THAT(line_.Records<Control>()[0].backfilling, IsEmpty());
  EXPECT_THAT(line_.router().Rereads(), IsEmpty());
  line_.Activate(Without(kBefore, "by-corridor"));
  EXPECT_THAT(line_.Records<Control>()[0].backfilling, IsEmpty());
  EXPECT_THAT(line_.Records<BackfillDone>(), IsEmpty());
  EXPECT_THAT(line_.router().Rereads(), IsEmpty());
}

TEST_F(BackfillTest, EverySourceOfEventsIsReadAgainUpToTheControlRecord) {
  Live(MakeEvent("west", "1", 5, kStart));
  Live(MakeEvent("west", "2", 5, kStart));
  Live(MakeEvent("east", "1", 15, kStart));
  line_.Activate(Documents());
  EXPECT_THAT(line_.Records<BackfillDone>(), IsEmpty());
  const std::vector<ReadAgain> all = {{kEast, 0, 1}, {kWest, 0, 2}};
  EXPECT_EQ(line_.router().Rereads(), all);
  line_.Close();
  Live(MakeEvent("west", "3", 5, kStart));
  EXPECT_EQ(line_.router().Rereads(), all);
  ASSERT_TRUE(Again(kWest).ok());
  line_.Restart();
  EXPECT_EQ(line_.router().Rereads(), (std::vector<ReadAgain>{{kEast, 0, 1}, {kWest, 1, 2}}));
  line_.router().Skip(AgainSource(kWest), 1, line_.state());
  EXPECT_EQ(line_.router().Rereads(), (std::vector<ReadAgain>{{kEast, 0, 1}}));
  line_.Restart();
  ASSERT_TRUE(Again(kEast).ok());
  EXPECT_THAT(line_.router().Rereads(), IsEmpty());
  EXPECT_THAT(line_.Records<BackfillDone>(), IsEmpty());
  line_.Close();
  EXPECT_EQ(line_.Records<BackfillDone>().size(), 4U);
  EXPECT_THAT(Backfilling(), IsEmpty());
  line_.Close();
  EXPECT_THAT(line_.Records<BackfillDone>(), IsEmpty());
  for (const auto& [key, value] : line_.state().entries()) EXPECT_NE(key[0], 'r');
}

TEST_F(BackfillTest, EachBeatSaysHowFarTheReadingIsWhileItLasts) {
  Live(MakeEvent("west", "1", 5, kStart));
  Live(MakeEvent("west", "2", 5, kStart));
  Live(MakeEvent("east", "1", 15, kStart));
  // What the next beat says.
  const auto beat = [&] {
    line_.Observe({.beat = true});
    line_.Close();
    return line_.Records<Tick>().at(0).again;
  };
  EXPECT_THAT(beat(), IsEmpty());
  line_.Activate(Documents());
  EXPECT_THAT(beat(), ElementsAre(AgainPosition{kEast, 0, 1}, AgainPosition{kWest, 0, 2}));
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(beat(), ElementsAre(AgainPosition{kEast, 0, 1}, AgainPosition{kWest, 1, 2}));
  ASSERT_TRUE(Again(kEast).ok());
  line_.Restart();
  EXPECT_THAT(beat(), ElementsAre(AgainPosition{kEast, 1, 1}, AgainPosition{kWest, 1, 2}));
  // A tick without a beat goes to nobody who would tell people.
  Live(MakeEvent("west", "3", 5, kStart));
  line_.Close();
  EXPECT_THAT(line_.Records<Tick>().at(0).again, IsEmpty());
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(beat(), IsEmpty());
}

TEST_F(BackfillTest, OnlyTheKeysOfTheNewRuleGetACopyAndAllAreTakenBack) {
  const Event event = MakeEvent("west", "1", 9.7, kStart);
  Live(event);
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("corridor=border"));
  line_.Activate(Documents());
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east", "area=west"));
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  ExpectBackfill(true);
  Live(MakeEvent("west", "2", 9.7, kStart));
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east", "area=west", "corridor=border"));
  ExpectBackfill(false);
  line_.Close();
  line_.Restart();
  Live(Revised(event, RevisionKind::kWithdraw));
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=east", "area=west", "corridor=border"));
}

// Both were forgotten, here and maybe there: the first is put where a new rule wants it, and must
// not stay when only an old rule wants the second there.
// Taken back without being asked; remembered until they surely are.
TEST_F(BackfillTest, MovesNeitherClockNorPositions) {
  Live(MakeEvent("west", "1", 5, kStart));
  Live(MakeEvent("east", "1", 15, kStart + 9 * kDay));
  line_.Activate(Documents());
  line_.Close();
  const std::vector<SourceTime> sources = line_.router().sources();
  AllAgain();
  EXPECT_EQ(line_.router().sources(), sources);
  EXPECT_EQ(line_.router().clock(), kStart + 9 * kDay + std::chrono::hours(2));
  line_.Close();
  EXPECT_THAT(line_.Records<Tick>(), IsEmpty());
  EXPECT_EQ(line_.Records<BackfillDone>().size(), 4U);
}

TEST_F(BackfillTest, WhatCarriesNoAcceptTimeGetsTheOneThatItHad) {
  std::vector<Time> stamped;
  for (const char* id : {"1", "2", "3"}) {
    Event event = MakeEvent("west", id, 9.7, kStart);
    if (event.identity.id.str() != "2") event.accepted = kUnknownTime;
    if (event.identity.id.str() == "2") event.accepted = kStart + 7 * kDay;
    Live(event);
    stamped.push_back(line_.Records<Insert>()[0].event.accepted);
  }
  EXPECT_EQ(stamped[2], kStart + 7 * kDay);
  line_.Activate(Documents());
  line_.Close();
  for (const Time accepted : stamped) {
    ASSERT_TRUE(Again(kWest).ok());
    EXPECT_EQ(line_.Records<Insert>()[0].event.accepted, accepted);
    line_.Close();
    line_.Restart();
  }
}

TEST_F(BackfillTest, ABadRecordIsRefusedAndPassed) {
  Live(MakeEvent("west", "1", 5, kStart));
  Live(MakeEvent("west", "2", 5, kStart));
  line_.Activate(Documents());
  line_.Close();
  log_[kWest][0].revision = 0;
  const absl::Status status = Again(kWest);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("revision:"));
  EXPECT_EQ(line_.router().Rereads(), (std::vector<ReadAgain>{{kWest, 1, 2}}));
  EXPECT_EQ(line_.FeedAt(AgainSource(kRules), 0, Documents()[0]).code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
}

TEST_F(BackfillTest, OtherRulesInBetweenBeginAgainForBoth) {
  for (const char* id : {"1", "2", "3"}) Live(MakeEvent("west", id, 9.7, kStart));
  line_.Activate(Documents());
  line_.Close();
  ASSERT_TRUE(Again(kWest).ok());
  ASSERT_TRUE(Again(kWest).ok());
  // What was on its way when they came is of the reading that ends here; so is its end.
  line_.Activate(Replaced(Documents(), "group_by: [corridor]", "group_by: [mission]"));
  EXPECT_THAT(line_.Records<Control>()[0].backfilling,
              ElementsAre(RuleId("by-area"), RuleId("by-corridor")));
  ASSERT_TRUE(line_.FeedAt(AgainSource(kWest), 2, log_[kWest][2]).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  line_.router().Skip(AgainSource(kWest), 2, line_.state());
  line_.Close();
  EXPECT_THAT(line_.Records<BackfillDone>(), IsEmpty());
  EXPECT_EQ(line_.router().Rereads(), (std::vector<ReadAgain>{{kWest, 0, 3}}));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Again(kWest).ok());
    EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east", "area=west", "mission=west")) << i;
  }
  line_.Close();
  ASSERT_EQ(line_.Records<BackfillDone>().size(), 4U);
  EXPECT_EQ(line_.Records<BackfillDone>()[0].rules,
            (std::vector<RuleId>{RuleId("by-area"), RuleId("by-corridor")}));
}

TEST_F(BackfillTest, EndsWithTheRuleThatItWasFor) {
  Live(MakeEvent("west", "1", 5, kStart));
  line_.Activate(Documents());
  line_.Close();
  line_.Activate(kBefore);
  EXPECT_THAT(line_.Records<Control>()[0].backfilling, IsEmpty());
  EXPECT_THAT(line_.router().Rereads(), IsEmpty());
  line_.Close();
  EXPECT_THAT(line_.Records<BackfillDone>(), IsEmpty());
  line_.Restart();
  EXPECT_THAT(Backfilling(), IsEmpty());
  ASSERT_TRUE(line_.FeedAt(AgainSource(kWest), 0, log_[kWest][0]).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("read_again_in_vain"), 1);
}

// A withdrawal is forgotten long before a slow backfill comes to what it withdrew.
// Correlators may have kept what the router has forgotten, where it no longer belongs.

}  // namespace
}  // namespace tocsin::testing_pack
