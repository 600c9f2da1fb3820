// Warnings that come back: keyed and corrected as events are, and without a say in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SourceId kMatches = {"fusion.matches.v1", 0};

std::vector<Document> WithComposite() {
  std::vector<Document> documents = Documents();
  documents.push_back(MakeDocument("rule", "both", 1, R"(id: both
version: 1
title: {en: T}
why: because
kind: composite
group_by: [area]
selections:
  a: {rules: [by-area]}
  b: {rules: [by-corridor], min_severity: severe}
condition: {within: 1d, all_of: [a, b], severity: severe}
address: all
urgency: expected
response: assess
label: {classification: unclassified, tlp: amber}
)"));
  return documents;
}

Match Found(const std::string& id, int32_t revision, const std::string& area) {
  Match match;
  KeyedEvent& event = match.event;
  event.identity = IdentityOf(WarningId(id));
  event.revision = revision;
  event.status = Status::kActual;
  event.type = "warning.by-area";
  event.nature = Nature::kObserved;
  event.observed = {kStart, kStart + 2 * kDay};
  event.accepted = kStart + 3 * kDay;
  event.areas = {AreaId(area)};
  event.warning.emplace().rule = RuleId("by-area");
  event.warning->severity = Severity::kModerate;
  return match;
}

class MatchesTest : public testing::Test {
 protected:
  MatchesTest() { line_.Activate(WithComposite()); }
  std::string Refusal(const SourceId& source, const Match& match) {
    const absl::Status status = line_.Feed(source, match);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }
  Timeline line_;
};

TEST_F(MatchesTest, AWarningGoesToTheKeysOfTheRulesThatSelectIt) {
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 1, "west")).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
  EXPECT_EQ(line_.Records<Insert>()[0].keys[0].spec, "@area");
  EXPECT_THAT(line_.Records<Withdraw>(), IsEmpty());
  Match other = Found("x", 1, "west");
  other.event.type = "warning.by-corridor";
  other.event.warning->rule = RuleId("by-corridor");
  ASSERT_TRUE(line_.Feed(kMatches, other).ok());
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty()) << "not severe";
  EXPECT_EQ(line_.total("matches"), 2);
}

TEST_F(MatchesTest, EventsGoWhereTheyWentWithoutComposites) {
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "1", 9.7, kStart)).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east", "area=west", "corridor=border"));
  for (const Insert& insert : line_.Records<Insert>()) {
    for (const CorrelationKey& key : insert.keys) EXPECT_NE(key.spec[0], '@');
  }
}

TEST_F(MatchesTest, ALaterRevisionMovesItAndAnEarlierOneIsStale) {
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 1, "west")).ok());
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 3, "east")).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east"));
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 2, "west")).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("stale"), 1);
  Match gone = Found("w", 4, "east");
  gone.withdrawn = true;
  gone.event.warning.reset();
  ASSERT_TRUE(line_.Feed(kMatches, gone).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=east"));
  EXPECT_THAT(line_.Records<Insert>(), IsEmpty());
  // It holds after all.
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 5, "east")).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=east"));
}

TEST_F(MatchesTest, ToldAgainItGoesWhereItHasNotBeen) {
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 1, "west")).ok());
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 1, "west")).ok());
  EXPECT_THAT(line_.effects().keyed, IsEmpty());
  EXPECT_EQ(line_.total("duplicates"), 1);
  std::vector<Document> documents = WithComposite();
  Document& both = documents.back();
  std::string text = both.text;
  text.replace(text.find("[area]"), 6, "[mission]");
  text.replace(text.find("version: 1"), 10, "version: 2");
  both = MakeDocument("rule", "both", 2, text);
  line_.Activate(documents);
  Match again = Found("w", 1, "west");
  again.event.warning->missions = {MissionId("west")};
  ASSERT_TRUE(line_.Feed(kMatches, again).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("mission=west"));
}

TEST_F(MatchesTest, OneThatIsNotHeldIsTakenBackEverywhere) {
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 2, "west")).ok());
  EXPECT_THAT(line_.Keys<Insert>(), ElementsAre("area=west"));
  // After that, and only what is earlier: where it replaced that, nothing is taken back.
  ASSERT_EQ(line_.effects().keyed.size(), 5U);
  EXPECT_TRUE(std::holds_alternative<Insert>(line_.effects().keyed[0].record));
  EXPECT_EQ(line_.Records<Withdraw>().size(), 4u);
  for (const Withdraw& withdraw : line_.Records<Withdraw>()) EXPECT_EQ(withdraw.revision, 1);
}

TEST_F(MatchesTest, ItMovesNoTime) {
  Event event = MakeEvent("west", "1", 5, kStart);
  ASSERT_TRUE(line_.Feed(event).ok());
  const std::optional<Tick> before = line_.Close();
  ASSERT_TRUE(before.has_value());
  Match late = Found("w", 1, "west");
  late.event.accepted = kStart + 300 * kDay;
  ASSERT_TRUE(line_.Feed(kMatches, late).ok());
  EXPECT_EQ(line_.Close(), std::nullopt) << "there is nothing to tell";
  EXPECT_EQ(line_.router().clock(), before->clock);
  EXPECT_EQ(line_.router().sources(), before->sources);
}

TEST_F(MatchesTest, ARestartGoesOnWithWhatIsHeld) {
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 1, "west")).ok());
  line_.Restart();
  ASSERT_TRUE(line_.Feed(kMatches, Found("w", 2, "east")).ok());
  EXPECT_THAT(line_.Keys<Withdraw>(), ElementsAre("area=west"));
}

TEST_F(MatchesTest, RefusesWhatIsNoWarning) {
  EXPECT_THAT(Refusal(Sitreps("west"), Found("w", 1, "west")), HasSubstr("fusion.matches.v1 only"));
  Match match = Found("w", 1, "west");
  match.event.identity.mission = MissionId("west");
  EXPECT_THAT(Refusal(kMatches, match), HasSubstr("event.identity"));
  match = Found("w", 0, "west");
  EXPECT_THAT(Refusal(kMatches, match), HasSubstr("event.revision"));
  match = Found("w", 1, "west");
  match.event.warning.reset();
  EXPECT_THAT(Refusal(kMatches, match), HasSubstr("event.warning: is missing"));
  match = Found("w", 1, "west");
  match.event.type = "security.attack";
  EXPECT_THAT(Refusal(kMatches, match), HasSubstr("event.type"));
  match = Found("w", 1, "west");
  match.event.status = Status::kUnspecified;
  EXPECT_THAT(Refusal(kMatches, match), HasSubstr("event.status"));
  match = Found("w", 1, "west");
  match.event.observed.to = Time::max();
  EXPECT_THAT(Refusal(kMatches, match), HasSubstr("event.observed"));
  // An event cannot pretend to be one either.
  Event event = MakeEvent("west", "1", 5, kStart);
  event.identity.mission = MissionId(kWarningsMission);
  EXPECT_TRUE(absl::IsInvalidArgument(line_.Feed(Sitreps("west"), event)));
}

}  // namespace
}  // namespace tocsin::testing_pack
