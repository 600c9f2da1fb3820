// What is read again when rules change, and what comes of it. docs/decisions/0015.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SourceId kWest = Sitreps("west");
const SourceId kEast = Sitreps("east");

std::vector<Document> Without(std::vector<Document> documents, const std::string& rule) {
  std::erase_if(documents, [&](const Document& document) { return document.name == rule; });
  return documents;
}
// One rule is new: by-area wants attacks of the areas.
const std::vector<Document> kBefore = Without(Documents(), "by-area");

class BackfillTest : public testing::Test {
 protected:
  BackfillTest() { line_.Activate(kBefore); }

  void Live(const Event& event) {
    log_[Sitreps(event.identity.mission.str())].push_back(event);
    const absl::Status status = line_.Feed(event);
    ASSERT_TRUE(status.ok()) << status;
  }

  // The next record that the router wants of the source.
  absl::Status Again(const SourceId& source) {
    for (const ReadAgain& part : line_.router().Rereads()) {
      if (part.source == source) {
        return line_.FeedAt(AgainSource(source), part.from, log_[source].at(part.from));
      }
    }
    return absl::NotFoundError("nothing is left to read");
  }
  void AllAgain() {
    while (!line_.router().Rereads().empty()) {
      const absl::Status status = Again(line_.router().Rereads().front().source);
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  std::vector<std::string> Backfilling() {
    std::vector<std::string> rules;
    for (const RuleId& rule : line_.router().backfilling()) rules.push_back(rule.str());
    return rules;
  }
  // All inserts of the last step are (not) for rules that backfill.
  void ExpectBackfill(bool backfill) {
    ASSERT_FALSE(line_.Records<Insert>().empty());
    for (const Insert& insert : line_.Records<Insert>()) EXPECT_EQ(insert.backfill, backfill);
  }

  Timeline line_;
  std::map<SourceId, std::vector<Event>> log_;
};

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
  const Event event = MakeEvent("west", "1", 5, kStart);
  Event other = event;
  other.place.point->longitude = 15;
  Event withdrawn = event;
  withdrawn.revision_kind = RevisionKind::kWithdraw;
  for (const Event& e : {event, other, withdrawn}) Live(e);
  line_.Activate(Documents());
  line_.Close();
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

// Both were forgotten, here and maybe there: the first is put where a new rule wants it, and must
// not stay when only an old rule wants the second there.
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

// Taken back without being asked; remembered until they surely are.
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

// Correlators may have kept what the router has forgotten, where it no longer belongs.
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
