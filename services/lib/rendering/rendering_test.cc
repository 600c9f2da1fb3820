#include <absl/strings/str_join.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rendering/phrases.h"
#include "lib/rendering/render_warning.h"
#include "lib/rendering/shipped_testing.h"

namespace tocsin {
namespace {

using rendering_testing::English;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Time At(const std::string& rfc3339) {
  absl::Time t;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, rfc3339, &t, &error)) << error;
  return FromMicros(absl::ToUnixMicros(t));
}

const Gazetteer& Places() {
  static const auto* const kPlaces =
      new Gazetteer({{"Birao", {10.28488, 22.78818}}, {"El Geneina", {13.4526, 22.4473}}});
  return *kPlaces;
}

RenderContext Context() {
  return {English(), Places(), MissionId("unamid"), absl::FixedTimeZone(3 * 3600)};
}

Evidence Item(const std::string& mission, const std::string& id, const Interval& observed,
              const Point& point) {
  Evidence evidence;
  evidence.identity = {MissionId(mission), EventId(id)};
  evidence.revision = 1;
  evidence.type = "security.clash";
  evidence.nature = Nature::kObserved;
  evidence.observed = observed;
  evidence.point = point;
  evidence.uncertainty_m = 5000;
  evidence.areas = {AreaId(mission)};
  evidence.grading = {"B", "2"};
  return evidence;
}

WarningView Example() {
  WarningView view;
  Warning& warning = view.warning;
  warning.id = WarningId("0123456789abcdef0123456789abcdef");
  warning.revision = 1;
  warning.message_type = MessageType::kAlert;
  warning.number = 143;
  WarningContent& content = warning.content;
  content.status = Status::kExercise;
  content.exercise_id = "EX-1";
  content.rule_id = RuleId("attacks-near-border");
  content.rule_version = 1;
  content.key = {{"corridor", "chad-darfur"}};
  content.addressees = {MissionId("minurcat"), MissionId("unamid")};
  content.severity = Severity::kModerate;
  content.urgency = Urgency::kExpected;
  content.certainty = Certainty::kLikely;
  content.response = ResponseType::kPrepare;
  content.measures = {{"incidents", 3, 3}};
  content.episode = {At("2008-01-11T21:00:00Z"), At("2008-01-14T06:30:00Z")};
  content.onset = At("2008-01-14T06:30:00Z");
  content.evidence = {
      Item("unamid", "ucdp-8103", {At("2008-01-11T21:00:00Z"), At("2008-01-12T20:59:59.999999Z")},
           {13.45, 22.45}),
      Item("unamid", "sr-1", {At("2008-01-12T21:00:00Z"), At("2008-01-14T20:59:59.999999Z")},
           {13.50, 22.60}),
      Item("minurcat", "sr-2", {At("2008-01-14T06:30:00Z"), At("2008-01-14T06:30:00Z")},
           {13.10, 22.20})};
  content.evidence[0].people.killed = 4;
  content.evidence[1].actors = {ActorId("jem")};
  content.evidence[2].revision = 2;
  return view;
}

std::string Text(const WarningView& view) {
  return absl::StrJoin(RenderWarning(view, Context()), "\n") + "\n";
}

TEST(RenderWarningTest, SaysEverythingInItsOrder) {
  EXPECT_EQ(
      Text(Example()),
      R"(EXERCISE UNAMID 0143, moderate: 3 attacks or clashes within 3 days in the border corridor between Chad and Darfur; latest 47 km south-west of El Geneina (within 5 km), 2008-01-14 06:30Z (09:30 local time); likely; since 2008-01-14 06:30Z (09:30 local time)
  Basis: incidents 3 (warns from 3); rule attacks-near-border, version 1
    UNAMID ucdp-8103: clash between armed actors, 2008-01-12, local day, at El Geneina (within 5 km), 4 killed, B2
    UNAMID sr-1: clash between armed actors, between 2008-01-13 and 2008-01-14, 17 km east of El Geneina (within 5 km), Justice and Equality Movement (JEM), B2
    MINURCAT sr-2 (revision 2): clash between armed actors, 2008-01-14 06:30Z (09:30 local time), 47 km south-west of El Geneina (within 5 km), B2
  Not known: Whether the incidents are connected, and whether anybody is crossing.
  Suggested: prepare (soon). Review convoys and patrols near the border; ask the other side what it sees; prepare for arrivals.
  Ask: duty desk of MINURCAT and UNAMID; there, the security section
)");
}

TEST(RenderWarningTest, AMissionsOwnFormHasTheWordsOfItsRuleAndSaysWhoseItIs) {
  WarningView view = Example();
  view.warning.content.rule_id = RuleId("attacks-near-border@minurcat");
  view.warning.content.rule_version = 3;
  view.warning.content.measures = {{"incidents", 2, 2}};
  const std::string text = Text(view);
  EXPECT_THAT(text,
              HasSubstr("moderate: 2 attacks or clashes within 3 days in the border corridor"));
  EXPECT_THAT(text,
              HasSubstr("Basis: incidents 2 (warns from 2); rule attacks-near-border, version "
                        "3, in MINURCAT's own form\n"));
}

TEST(RenderWarningTest, UnverifiedIsHeadedSoAndSaysWhoCanVerify) {
  WarningView view = Example();
  view.warning.content.unverified = true;
  view.warning.content.certainty = Certainty::kPossible;
  const std::string text = Text(view);
  EXPECT_THAT(text, StartsWith("EXERCISE UNVERIFIED UNAMID 0143"));
  EXPECT_THAT(text, HasSubstr("; possible;"));
  EXPECT_THAT(text, HasSubstr("UNVERIFIED: One source that is not verified. Those who can verify: "
                              "MINURCAT and UNAMID."));
}

TEST(RenderWarningTest, ActualHasNoHeading) {
  WarningView view = Example();
  view.warning.content.status = Status::kActual;
  EXPECT_THAT(Text(view), StartsWith("UNAMID 0143"));
}

TEST(RenderWarningTest, WithheldSaysWhomToAsk) {
  WarningView view = Example();
  view.warning.content.evidence.pop_back();
  view.withheld = {{MissionId("monusco"), "not_releasable", 2}};
  const std::string text = Text(view);
  EXPECT_THAT(text,
              HasSubstr("Withheld: 2 item(s) of evidence are withheld by MONUSCO; ask its duty "
                        "desk. (not released to this mission)"));
  EXPECT_THAT(text, HasSubstr("Ask: duty desk of MONUSCO and UNAMID"));
}

TEST(RenderWarningTest, NearGivesTheDistanceToThePartner) {
  WarningView view = Example();
  view.warning.content.evidence[1].distance_m = 17'234;
  EXPECT_THAT(Text(view), HasSubstr("17.2 km from its partner"));
}

TEST(RenderWarningTest, AbsenceSpeaksOfTime) {
  WarningView view;
  view.warning.number = 7;
  view.warning.message_type = MessageType::kAlert;
  WarningContent& content = view.warning.content;
  content.status = Status::kActual;
  content.rule_id = RuleId("feed-silent");
  content.key = {{"feed", "birao-seismic-1"}};
  content.severity = Severity::kMinor;
  content.certainty = Certainty::kObserved;
  content.episode = {At("2009-11-14T14:00:00Z"), At("2009-11-14T14:00:00Z")};
  content.measures = {{"gap_s", 43'200, 43'200}};
  content.absence_state = "silent";
  const std::string text = Text(view);
  EXPECT_THAT(text,
              StartsWith("UNAMID 0007, minor: No sign of life from feed birao-seismic-1 since "
                         "2009-11-14 14:00Z (17:00 local time); observed\n"));
  EXPECT_THAT(text,
              HasSubstr("Basis: time without a sign 12 hours (warns from 12 hours); silent;"));
}

TEST(RenderWarningTest, EndingsSayWhy) {
  WarningView view = Example();
  view.warning.message_type = MessageType::kCancel;
  view.warning.end_reason = "merged";
  view.warning.merged_into = "ffff";
  const std::string text = Text(view);
  EXPECT_THAT(text, HasSubstr("[cancelled]\n"));
  EXPECT_THAT(text, HasSubstr("Ended: it is one with another warning (merged into ffff)"));
}

TEST(RenderWarningTest, APartSaysWhatItWasSplitFrom) {
  WarningView view = Example();
  EXPECT_THAT(Text(view), Not(HasSubstr("Split from")));
  view.warning.split_from = "ffff";
  EXPECT_THAT(Text(view), HasSubstr("\n  Split from ffff: it turned out that they are two\n"));
}

TEST(RenderWarningTest, ACompositeNamesTheWarningsItRestsOn) {
  WarningView view = Example();
  EXPECT_THAT(Text(view), Not(HasSubstr("Rests on")));
  view.warning.rests_on = {{WarningId("a"), 3, RuleId("attacks-near-border"), "fighting"},
                           {WarningId("b"), 12, RuleId("displacement-near-border"), "flight"}};
  view.warning.content.measures = {{"warnings", 2, 2}, {"evidence_left_out", 8, 0}};
  const std::string text = Text(view);
  EXPECT_THAT(text, HasSubstr("\n  Rests on: UNAMID 0003 (attacks-near-border); UNAMID 0012 "
                              "(displacement-near-border)\n"));
  EXPECT_THAT(text, HasSubstr("warnings that come together 2 (warns from 2); 8 older item(s) of "
                              "evidence only in the warnings that it rests on;"));
}

TEST(RenderWarningTest, WhatTheCatalogueDoesNotHaveIsStillReadable) {
  WarningView view = Example();
  view.warning.content.rule_id = RuleId("a-new-rule");
  view.warning.content.evidence[0].type = "security.new";
  view.warning.content.evidence[0].point.reset();
  const std::string text = Text(view);
  EXPECT_THAT(text, HasSubstr("moderate: a-new-rule; latest"));
  EXPECT_THAT(text, HasSubstr("security.new, 2008-01-12, local day, place not resolved"));
}

TEST(RenderWarningTest, ARuleWithoutWordsHasItsOwnTitle) {
  WarningView view = Example();
  view.warning.content.rule_id = RuleId("a-new-rule");
  view.warning.rule_title = {{"de", "Eine neue Regel"}, {"en", "A new rule"}};
  EXPECT_THAT(Text(view), HasSubstr("moderate: A new rule; latest"));
  view.warning.rule_title.erase("en");
  EXPECT_THAT(Text(view), HasSubstr("moderate: Eine neue Regel; latest"));
}

TEST(RenderWarningTest, ALongBasisIsCutToTheLatest) {
  const WarningView view = Example();
  RenderContext context = Context();
  context.most_evidence = 2;
  const std::string text = absl::StrJoin(RenderWarning(view, context), "\n");
  EXPECT_THAT(text,
              HasSubstr("    1 earlier item(s) of evidence, and the latest:\n    UNAMID sr-1"));
  EXPECT_THAT(text, Not(HasSubstr("ucdp-8103")));
}

TEST(RenderWarningTest, ForTables) {
  const WarningView view = Example();
  EXPECT_EQ(Heading(view, Context()), "EXERCISE ");
  EXPECT_EQ(Headline(view, Context()),
            "3 attacks or clashes within 3 days in the border corridor between Chad and Darfur");
}

TEST(RenderWarningTest, NoIdBreaksALine) {
  WarningView view = Example();
  view.warning.content.evidence[0].identity.id = EventId("a\nEXTREME: b\x1b[2J");
  for (const std::string& line : RenderWarning(view, Context())) {
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  }
}

TEST(GazetteerTest, NearestWithDirection) {
  const auto near = Places().Nearest({10.40, 22.88});
  ASSERT_TRUE(near.has_value());
  EXPECT_EQ(near->name, "Birao");
  EXPECT_EQ(near->direction, "north_east");
  EXPECT_NEAR(static_cast<double>(near->metres), 16'300, 300);
  EXPECT_FALSE(Gazetteer({}).Nearest({0, 0}).has_value());
}

TEST(GazetteerTest, EightDirections) {
  const Point origin{10, 20};
  EXPECT_EQ(DirectionFrom(origin, {11, 20}), "north");
  EXPECT_EQ(DirectionFrom(origin, {11, 21}), "north_east");
  EXPECT_EQ(DirectionFrom(origin, {10, 21}), "east");
  EXPECT_EQ(DirectionFrom(origin, {9, 21}), "south_east");
  EXPECT_EQ(DirectionFrom(origin, {9, 20}), "south");
  EXPECT_EQ(DirectionFrom(origin, {9, 19}), "south_west");
  EXPECT_EQ(DirectionFrom(origin, {10, 19}), "west");
  EXPECT_EQ(DirectionFrom(origin, {11, 19}), "north_west");
  EXPECT_EQ(DirectionFrom(origin, origin), "north");
  EXPECT_EQ(DirectionFrom({0, 179.9}, {0, -179.9}), "east");
}

TEST(PhraseTest, SpansAndLists) {
  using std::chrono::hours;
  using std::chrono::minutes;
  EXPECT_EQ(SpanPhrase(minutes(1), English()), "1 minute");
  EXPECT_EQ(SpanPhrase(minutes(89), English()), "89 minutes");
  EXPECT_EQ(SpanPhrase(hours(12), English()), "12 hours");
  EXPECT_EQ(SpanPhrase(minutes(119), English()), "119 minutes");
  EXPECT_EQ(SpanPhrase(hours(36), English()), "36 hours");
  EXPECT_EQ(SpanPhrase(hours(48), English()), "2 days");
  EXPECT_EQ(SpanPhrase(hours(49), English()), "3 days");
  EXPECT_EQ(ListPhrase({}, English()), "");
  EXPECT_EQ(ListPhrase({"a"}, English()), "a");
  EXPECT_EQ(ListPhrase({"a", "b", "c"}, English()), "a, b and c");
}

TEST(PhraseTest, DaysOfAnotherZoneAreDays) {
  const absl::TimeZone here = absl::FixedTimeZone(3600);
  // A day, and three, of Khartoum as seen from N'Djamena.
  EXPECT_EQ(IntervalPhrase({At("2009-10-13T21:00:00Z"), At("2009-10-14T20:59:59.999999Z")}, here,
                           English()),
            "2009-10-14, local day");
  EXPECT_EQ(IntervalPhrase({At("2009-10-13T21:00:00Z"), At("2009-10-16T20:59:59.999999Z")}, here,
                           English()),
            "between 2009-10-14 and 2009-10-16");
  EXPECT_EQ(
      IntervalPhrase({At("2009-10-13T21:00:00Z"), At("2009-10-14T03:00:00Z")}, here, English()),
      "between 2009-10-13 21:00Z (22:00 local time) and 2009-10-14 03:00Z (04:00 local time)");
}

TEST(PhraseTest, ALocalTimeOnAnotherDaySaysWhich) {
  EXPECT_EQ(TimePhrase(At("2009-03-04T22:30:00Z"), absl::FixedTimeZone(3 * 3600), English()),
            "2009-03-04 22:30Z (03-05 01:30 local time)");
}

TEST(CatalogueTest, RefusesWhatIsNone) {
  EXPECT_FALSE(Catalogue::Parse("").ok());
  EXPECT_FALSE(Catalogue::Parse("[a]").ok());
  EXPECT_FALSE(Catalogue::Parse("words: {a: b}").ok());  // no language
  EXPECT_FALSE(Catalogue::Parse("language: en\nrules: {x: y}").ok());
  EXPECT_FALSE(Catalogue::Parse("language: en\nwords: {a: [b]}").ok());
  EXPECT_FALSE(Catalogue::Parse("language: en\nwords: {a: \"b}").ok());
  EXPECT_FALSE(Catalogue::Parse("language: en\nrules: {x: {steps: [a]}}").ok());
  EXPECT_FALSE(Catalogue::Parse("language: en\nrules: {x: {steps: {a: [b]}}}").ok());
  EXPECT_FALSE(Catalogue::Parse("language: en\nrules: {x: {headline: [a]}}").ok());
  // What a later version may say of a rule is left alone.
  EXPECT_TRUE(Catalogue::Parse("language: en\nrules: {x: {later: a}}").ok());
  EXPECT_TRUE(Catalogue::Parse("language: en").ok());
}

TEST(CatalogueTest, FillLeavesNothingOpen) {
  EXPECT_EQ(Fill("{a} and {b}{c", {{"a", "x"}}), "x and {c");
}

}  // namespace
}  // namespace tocsin
