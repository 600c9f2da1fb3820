// Events of a rule over cells: copies for the cells, and what correlators tell of them on its way
// back, whatever has become of the event since.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/backfill_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

const SourceId kMatches = {"fusion.matches.v1", 0};

Document Near(const std::string& group_by, int version = 1) {
  return MakeDocument("rule", "close", version,
                      "id: close\nversion: " + std::to_string(version) + R"(
title: {en: T}
why: because
kind: near
group_by: )" + group_by + R"(
selections:
  a: {types: [security.attack]}
  b: {types: [security.sighting]}
condition: {within: 1d, radius_km: 90, all_of: [a, b], severity: severe}
address: all
urgency: expected
response: assess
label: {classification: unclassified, tlp: amber}
)");
}

std::vector<Document> With(const Document& rule) {
  std::vector<Document> documents = Documents();
  std::erase_if(documents, [](const Document& document) { return document.kind == "rule"; });
  documents.push_back(rule);
  return documents;
}

class OverCellsTest : public testing::Test {
 protected:
  OverCellsTest() { line_.Activate(With(Near("[cell]"))); }

  // As the correlator of the home cell has it.
  KeyedEvent Held() {
    for (const Insert& insert : line_.Records<Insert>()) return insert.event;
    ADD_FAILURE() << "nothing was inserted";
    return {};
  }
  KeyedEvent Live(const Event& event) {
    EXPECT_TRUE(line_.Feed(event).ok());
    return Held();
  }
  absl::Status Tell(const KeyedEvent& event, bool found_by_backfill = false) {
    Match match;
    match.event = event;
    match.told_by = RuleId("close");
    match.found_by_backfill = found_by_backfill;
    return line_.Feed(kMatches, match);
  }
  template <class T>
  std::vector<std::string> Specs() const {
    std::set<std::string> specs;
    for (const T& record : line_.Records<T>()) {
      for (const CorrelationKey& key : record.keys) specs.insert(key.spec.substr(0, 4));
    }
    return {specs.begin(), specs.end()};
  }

  const Event event_ = MakeEvent("west", "1", 4.5, kStart);
  Timeline line_;
};

TEST_F(OverCellsTest, AnEventGoesToItsCellAndToThoseWithinReach) {
  const KeyedEvent held = Live(event_);
  ASSERT_THAT(held.cells, SizeIs(1));
  EXPECT_EQ(held.cells[0].cells.front(), "5/4");
  EXPECT_THAT(line_.Keys<Insert>(), SizeIs(9));
  EXPECT_THAT(line_.Keys<Insert>(), Contains("cell=5/4"));
  EXPECT_THAT(line_.Keys<Insert>(), Contains("cell=6/5"));
}

TEST_F(OverCellsTest, WhatNoRuleOverCellsWantsCarriesNone) {
  std::vector<Document> documents = Documents();
  documents.push_back(Near("[cell]"));
  line_.Activate(documents);
  Event event = event_;
  event.type = "sensor.thermal";
  event.attributes = {{"feed", "f"}, {"feed_kind", "thermal"}};
  event.accepted = event.observed.to;
  ASSERT_TRUE(line_.Feed({"mission.west.sensors.v1", 0}, event).ok());
  EXPECT_THAT(Held().cells, IsEmpty());
  // Nor what cannot be evidence of it.
  event = MakeEvent("west", "vague", 4.5, kStart);
  event.place.uncertainty_m = 95'000;
  EXPECT_THAT(Live(event).cells, IsEmpty());
}

TEST_F(OverCellsTest, WhatIsToldGoesWhereTheWarningsStandAndOnce) {
  const KeyedEvent held = Live(event_);
  ASSERT_TRUE(Tell(held).ok());
  EXPECT_THAT(Specs<Insert>(), ElementsAre("of:c"));
  EXPECT_EQ(Held(), held);
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  EXPECT_FALSE(line_.Records<Insert>()[0].found_by_backfill);
  line_.Restart();
  ASSERT_TRUE(Tell(held).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("duplicates"), 1);
}

TEST_F(OverCellsTest, WhatAChangeOfRulesFoundIsMarkedAndGoesAgain) {
  const KeyedEvent held = Live(event_);
  ASSERT_TRUE(Tell(held, true).ok());
  EXPECT_TRUE(line_.Records<Insert>()[0].found_by_backfill);
  ASSERT_TRUE(Tell(held, true).ok());
  EXPECT_THAT(Specs<Insert>(), ElementsAre("of:c")) << "it may say more than it did before";
}

TEST_F(OverCellsTest, ACorrectionOfWhatWasToldGoesThereAtOnce) {
  ASSERT_TRUE(Tell(Live(event_)).ok());
  Event corrected = Revised(event_, RevisionKind::kCorrect);
  corrected.place.point->longitude = 8.5;
  Live(corrected);
  EXPECT_THAT(Specs<Insert>(), ElementsAre("cell", "of:c"));
  EXPECT_THAT(line_.Keys<Withdraw>(), Contains("cell=5/4"));
  EXPECT_THAT(Specs<Withdraw>(), ElementsAre("cell"));
  // It is of no interest any more.
  corrected = Revised(corrected, RevisionKind::kCorrect);
  corrected.nature = Nature::kPlanned;
  ASSERT_TRUE(line_.Feed(corrected).ok());
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty());
  EXPECT_THAT(Specs<Withdraw>(), ElementsAre("cell", "of:c"));
  // And of interest again: its cells look anew.
  corrected = Revised(corrected, RevisionKind::kCorrect);
  corrected.nature = Nature::kObserved;
  Live(corrected);
  EXPECT_THAT(Specs<Insert>(), ElementsAre("cell"));
}

TEST_F(OverCellsTest, WhatIsToldOfAnEarlierRevisionIsStale) {
  const KeyedEvent first = Live(event_);
  Live(Revised(event_, RevisionKind::kCorrect));
  ASSERT_TRUE(Tell(first).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  ASSERT_TRUE(
      line_.Feed(Revised(Revised(event_, RevisionKind::kCorrect), RevisionKind::kWithdraw)).ok());
  EXPECT_THAT(Specs<Withdraw>(), ElementsAre("cell"));
  KeyedEvent third = first;
  third.revision = 3;
  ASSERT_TRUE(Tell(third).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty()) << "it was withdrawn meanwhile";
  EXPECT_EQ(line_.total("stale"), 2);
}

TEST_F(OverCellsTest, AWithdrawalReachesBoth) {
  ASSERT_TRUE(Tell(Live(event_)).ok());
  ASSERT_TRUE(line_.Feed(Revised(event_, RevisionKind::kWithdraw)).ok());
  EXPECT_THAT(Specs<Withdraw>(), ElementsAre("cell", "of:c"));
}

TEST_F(OverCellsTest, OneThatIsNotHeldIsTakenBackEverywhereWhenItIsCorrected) {
  KeyedEvent held = Live(event_);
  held.identity.id = EventId("forgotten");
  held.revision = 2;
  ASSERT_TRUE(Tell(held).ok());
  EXPECT_THAT(Specs<Insert>(), ElementsAre("of:c"));
  line_.Restart();
  Event corrected = Revised(Revised(event_, RevisionKind::kCorrect), RevisionKind::kCorrect);
  corrected.identity = held.identity;
  Live(corrected);
  const std::vector<Withdraw> withdraws = line_.Records<Withdraw>();
  EXPECT_THAT(withdraws, SizeIs(4)) << "its copies in cells are not known";
  for (const Withdraw& withdraw : withdraws) EXPECT_THAT(withdraw.keys, IsEmpty());
  EXPECT_THAT(Specs<Insert>(), ElementsAre("cell", "of:c"));
}

TEST_F(OverCellsTest, EachActorHasItsOwnKey) {
  line_.Activate(With(Near("[cell, actor]", 2)));
  Event event = MakeEvent("west", "2", 4.5, kStart);
  event.actors = {{.name = "LRA", .register_id = "lra", .role = ""},
                  {.name = "JEM", .register_id = "jem", .role = ""}};
  const KeyedEvent held = Live(event);
  EXPECT_THAT(line_.Keys<Insert>(), SizeIs(18));
  ASSERT_TRUE(Tell(held).ok());
  EXPECT_THAT(line_.Keys<Insert>(), UnorderedElementsAre("actor=jem", "actor=lra"));
  Event corrected = Revised(event, RevisionKind::kCorrect);
  corrected.actors.pop_back();
  Live(corrected);
  EXPECT_THAT(line_.Keys<Withdraw>(), Contains("actor=jem"));
  EXPECT_THAT(line_.Keys<Insert>(), Contains("actor=lra"));
}

TEST_F(OverCellsTest, OfARuleThatIsGoneNothingIsTold) {
  const KeyedEvent held = Live(event_);
  line_.Activate();
  ASSERT_TRUE(Tell(held).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("stale"), 1);
}

TEST_F(OverCellsTest, RefusesWhatNoCorrelatorTells) {
  const KeyedEvent held = Live(event_);
  const auto refusal = [&](auto change) {
    Match match;
    match.event = held;
    match.told_by = RuleId("close");
    change(match);
    const absl::Status status = line_.Feed(kMatches, match);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(refusal([](Match& m) { m.withdrawn = true; }), HasSubstr("withdrawn"));
  EXPECT_THAT(refusal([](Match& m) { m.event.warning.emplace(); }), HasSubstr("is a warning"));
  EXPECT_THAT(refusal([](Match& m) { m.event.identity.id = EventId(); }), HasSubstr("identity"));
  EXPECT_THAT(refusal([](Match& m) { m.event.revision = 0; }), HasSubstr("revision"));
  EXPECT_THAT(refusal([](Match& m) { m.event.type.clear(); }), HasSubstr("type"));
  EXPECT_THAT(refusal([](Match& m) { m.event.point->latitude = 91; }), HasSubstr("latitude"));
  EXPECT_THAT(refusal([](Match& m) { m.event.observed.to = Time::max(); }), HasSubstr("observed"));
}

// A rule over cells that looks elsewhere: what is read again goes to the cells, and to where its
// warnings stand if it was told of before.
class OverCellsAgainTest : public BackfillTest {
 protected:
  OverCellsAgainTest() { line_.Activate(With(Near("[cell]"))); }
};

TEST_F(OverCellsAgainTest, WhatWasToldStaysWhereTheWarningsStand) {
  static_cast<void>(line_.Close());
  const Event told = MakeEvent("west", "told", 4.5, kStart);
  Live(told);
  const KeyedEvent held = line_.Records<Insert>().front().event;
  Live(MakeEvent("west", "alone", 7.5, kStart));
  Match match;
  match.event = held;
  match.told_by = RuleId("close");
  ASSERT_TRUE(line_.Feed(kMatches, match).ok());
  Document changed = Near("[cell]", 2);
  std::string text = changed.text;
  text.replace(text.find("within: 1d"), 10, "within: 3d");
  line_.Activate(With(MakeDocument("rule", "close", 2, text)));
  static_cast<void>(line_.Close());
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Insert>(), SizeIs(10)) << "nine cells and the rule's own key";
  ExpectBackfill(true);
  ASSERT_TRUE(Again(kWest).ok());
  EXPECT_THAT(line_.Keys<Insert>(), SizeIs(9));
  EXPECT_THAT(line_.Keys<Insert>(), Each(StartsWith("cell=")));
  // Told again, for every rule that changes: it is there already.
  ASSERT_TRUE(line_.Feed(kMatches, match).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
}

}  // namespace
}  // namespace tocsin::testing_pack
