#include "lib/rendering/part_phrases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rendering/render_warning.h"
#include "lib/rendering/shipped_testing.h"

namespace tocsin {
namespace {

using rendering_testing::English;
using std::chrono::hours;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// 2009-03-04 14:30Z.
constexpr Time kStart = FromMicros(int64_t{1'236'177'000} * 1'000'000);
const absl::TimeZone kZone = absl::FixedTimeZone(3 * 3600);

Evidence Item(const std::string& mission, const std::string& id, const std::string& selection,
              Time at, Nature nature = Nature::kObserved) {
  Evidence item;
  item.identity = {MissionId(mission), EventId(id)};
  item.selection = selection;
  item.type = "security.attack";
  item.nature = nature;
  item.observed = {at, at};
  item.areas = {AreaId(mission)};
  return item;
}

WarningContent Content(const std::string& rule, std::vector<Evidence> evidence) {
  WarningContent content;
  content.status = Status::kActual;
  content.rule_id = RuleId(rule);
  content.rule_version = 1;
  content.certainty = Certainty::kLikely;
  content.severity = Severity::kSevere;
  content.evidence = std::move(evidence);
  content.episode = {content.evidence.front().observed.from, content.evidence.back().observed.from};
  content.onset = content.episode.to;
  content.measures = {{"span_s", 86'400, 1'209'600}};
  return content;
}

std::vector<std::string> Rendered(WarningView view) {
  static const Gazetteer nowhere({});
  view.warning.message_type = MessageType::kAlert;
  view.warning.number = 9;
  return RenderWarning(view, {English(), nowhere, MissionId("unamid"), kZone});
}

TEST(StepPhrasesTest, InTheOrderOfTheRuleWithTheirTimes) {
  const WarningContent content =
      Content("column-crossing-clash", {Item("unamid", "a", "column", kStart),
                                        Item("unamid", "b", "crossing", kStart + hours(1)),
                                        Item("minurcat", "c", "crossing", kStart + hours(2)),
                                        Item("minurcat", "d", "clash", kStart + hours(24))});
  const PartPhrases phrases = StepPhrases(content, true, kZone, English());
  EXPECT_THAT(
      phrases.parts,
      ElementsAre("1 column or armed men seen, UNAMID a, 2009-03-04 14:30Z (17:30 local time)",
                  "2 border crossed, 2 items, the first 2009-03-04 15:30Z (18:30 local time), the "
                  "latest 2009-03-04 16:30Z (19:30 local time)",
                  "3 clash or attack, MINURCAT d, 2009-03-05 14:30Z (17:30 local time)"));
  EXPECT_THAT(phrases.part_of, ElementsAre(1, 2, 2, 3));
  EXPECT_THAT(
      Rendered({{.content = content}, {}, {}}),
      AllOf(Contains(StartsWith("  Basis: shortest time from first to last 24 hours (at most "
                                "14 days); rule")),
            Contains(StartsWith("  Steps: 1 column or armed men seen, UNAMID a, ")),
            Contains(StartsWith("    [3] MINURCAT d: "))));
}

TEST(StepPhrasesTest, AStepOfWhichNothingMayBeShownIsStillAStep) {
  const WarningContent content = Content(
      "column-crossing-clash",
      {Item("unamid", "a", "column", kStart), Item("minurcat", "d", "clash", kStart + hours(24))});
  EXPECT_EQ(StepPhrases(content, false, kZone, English()).parts[1],
            "2 border crossed, nothing of it may be shown here");
}

TEST(StepPhrasesTest, WithoutAnOrderByTime) {
  const WarningContent content = Content(
      "camp-militarisation",
      {Item("unamid", "a", "arms", kStart), Item("unamid", "b", "recruitment", kStart + hours(1))});
  EXPECT_THAT(StepPhrases(content, true, kZone, English()).parts,
              ElementsAre(StartsWith("1 arms or armed incursion, UNAMID a"),
                          StartsWith("2 recruitment, UNAMID b")));
}

TEST(StepPhrasesTest, WhatIsExpectedCountsFromWhenItIsToHold) {
  WarningContent content =
      Content("pre-position", {Item("unamid", "a", "attack", kStart),
                               Item("unamid", "b", "flow", kStart + hours(1), Nature::kExpected)});
  content.episode.to = kStart + hours(48);
  EXPECT_EQ(StepPhrases(content, true, kZone, English()).parts[1],
            "2 people displaced, or expected to be, UNAMID b, for 2009-03-06 14:30Z (17:30 local "
            "time), reported 2009-03-04 15:30Z (18:30 local time)");
  // A bound of the episode may be that of an item that is not shown.
  EXPECT_EQ(StepPhrases(content, false, kZone, English()).parts[1],
            "2 people displaced, or expected to be, UNAMID b, reported 2009-03-04 15:30Z (18:30 "
            "local time)");
}

TEST(StepPhrasesTest, StepsAlikeAreNumberedByTimeUnlessSomeAreWithheld) {
  const WarningContent content = Content(
      "reprisal", {Item("unamid", "a", "first", kStart), Item("unamid", "b", "first", kStart)});
  const PartPhrases all = StepPhrases(content, true, kZone, English());
  EXPECT_THAT(all.parts, ElementsAre(StartsWith("1 attack, UNAMID a"), StartsWith("2 attack, ")));
  EXPECT_THAT(all.part_of, ElementsAre(1, 2));
  const PartPhrases some = StepPhrases(content, false, kZone, English());
  EXPECT_THAT(some.parts, ElementsAre(StartsWith("attack, UNAMID a"), StartsWith("attack, ")));
  EXPECT_THAT(some.part_of, ElementsAre(0, 0));
}

TEST(StepPhrasesTest, WhatHasNotFollowedIsSilentOrUnknown) {
  WarningContent content =
      Content("deployment-overdue", {Item("unamid", "a", "pledge", kStart, Nature::kDeclared)});
  content.key = {{"area", "unamid"}};
  content.onset = kStart + hours(24 * 90);
  content.measures = {{"span_s", 0, 86'400}};
  content.absence_state = "silent";
  std::vector<std::string> lines = Rendered({{.content = content, .issued = kStart}, {}, {}});
  EXPECT_THAT(lines[0], HasSubstr("; likely; since 2009-06-02")) << "a deadline is past";
  EXPECT_THAT(lines[0], HasSubstr("severe: No arrival reported in Darfur after the pledge of "
                                  "2009-03-04 14:30Z (17:30 local time); latest "));
  EXPECT_EQ(lines[1], "  Basis: rule deployment-overdue, version 1");
  EXPECT_THAT(lines,
              Contains("  Not followed by arrival of a deployment between 2009-03-04 14:30Z "
                       "(17:30 local time) and 2009-06-02 14:30Z (17:30 local time): silent, "
                       "all that could report it has been read"));
  content.absence_state = "unknown";
  lines = Rendered({{.content = content}, {}, {}});
  EXPECT_THAT(lines[0], HasSubstr("severe: Not known whether there was an arrival in Darfur"));
  EXPECT_THAT(lines, Contains(HasSubstr(": not known, what could report it cannot be read")));
}

TEST(SidePhrasesTest, TheLatestDeclarationOfEachSide) {
  WarningContent content = Content(
      "phase-divergence", {Item("minurcat", "p-1", "phase", kStart, Nature::kDeclared),
                           Item("minurcat", "p-2", "phase", kStart + hours(1), Nature::kDeclared),
                           Item("unamid", "p-3", "phase", kStart + hours(2), Nature::kDeclared)});
  content.areas = {AreaId("minurcat"), AreaId("unamid")};
  content.evidence[0].attributes = {{"level", "II"}};
  content.evidence[1].attributes = {{"level", "IV"}};
  content.evidence[2].attributes = {{"level", "III"}};
  EXPECT_THAT(
      SidePhrases(content, true, kZone, English()).parts,
      ElementsAre("Darfur: phase III, UNAMID p-3, declared 2009-03-04 16:30Z (19:30 local time)",
                  "eastern Chad and north-eastern CAR: phase IV, MINURCAT p-2, declared "
                  "2009-03-04 15:30Z (18:30 local time)"));
  EXPECT_THAT(Rendered({{.content = content}, {}, {}}),
              Contains(StartsWith("    MINURCAT p-1: attack on people who do not fight, phase II, "
                                  "declared, 2009-03-04 14:30Z")));
  content.evidence.pop_back();
  const std::vector<std::string> parts = SidePhrases(content, false, kZone, English()).parts;
  EXPECT_THAT(parts, Contains("Darfur: nothing of it may be shown here"));
  EXPECT_THAT(parts, Not(Contains(HasSubstr("phase III"))));
}

TEST(EvidenceLineTest, SaysWhatTheRuleReadOfIt) {
  WarningContent content = Content("attacks-near-border", {Item("unamid", "a", "attack", kStart)});
  content.evidence[0].attributes = {{"weapon", "rifle"}, {"zeal", "a\nb"}};
  EXPECT_THAT(Rendered({{.content = content}, {}, {}}),
              Contains(StartsWith("    UNAMID a: attack on people who do not fight, weapon: rifle, "
                                  "zeal: a b, 2009-03-04")));
}

TEST(BasisTest, OfWhatIsNear) {
  WarningContent content =
      Content("movement-corroborated", {Item("unamid", "a", "movement", kStart)});
  content.measures = {{"nearest_m", 5'560, 40'000}, {"apart_s", 5'400, 129'600}};
  EXPECT_THAT(Rendered({{.content = content}, {}, {}}),
              Contains("  Basis: nearest two 5.6 km (at most 40.0 km); soonest after one another "
                       "90 minutes (at most 36 hours); rule movement-corroborated, version 1"));
}

TEST(PartPhrasesTest, OtherRulesHaveNone) {
  const WarningContent content =
      Content("attacks-near-border", {Item("unamid", "a", "attack", kStart)});
  EXPECT_THAT(StepPhrases(content, true, kZone, English()).parts, IsEmpty());
  EXPECT_THAT(SidePhrases(content, true, kZone, English()).parts, IsEmpty());
  EXPECT_THAT(Rendered({{.content = content}, {}, {}}), Not(Contains(HasSubstr("Steps"))));
}

TEST(HeadlineTest, OfOneAndOfWhatIsToCome) {
  WarningContent content = Content("aid-security", {Item("unamid", "a", "attack", kStart)});
  content.key = {{"area", "unamid"}};
  content.measures = {{"incidents", 1, 1}};
  WarningView view{{.content = content}, {}, {}};
  view.warning.issued = kStart;
  EXPECT_THAT(Rendered(view)[0],
              AllOf(HasSubstr("severe: Attack on aid workers or their convoy in Darfur; latest"),
                    HasSubstr("; likely; since 2009-03-04")));
  view.warning.content.measures = {{"incidents", 2, 1}};
  view.warning.content.onset = kStart + hours(24);
  EXPECT_THAT(Rendered(view)[0],
              AllOf(HasSubstr("severe: 2 attacks on aid workers or their convoys within 24 hours "
                              "in Darfur; latest"),
                    HasSubstr("; likely; from 2009-03-05")));
}

TEST(HeadlineTest, OfAGapThatIsOverAndOfOneThatCannotBeSeen) {
  WarningContent content = Content("contact-silent", {Item("unamid", "a", "exchange", kStart)});
  content.key = {{"mission", "unamid"}};
  content.measures = {{"gap_s", 129'600, 129'600}};
  content.absence_state = "unknown";
  EXPECT_THAT(Rendered({{.content = content}, {}, {}})[0],
              HasSubstr("severe: Not known whether UNAMID is in contact with its neighbours: its "
                        "reports cannot be read; last exchange 2009-03-04 14:30Z (17:30 local "
                        "time); likely; since 2009-03-04 14:30Z"));
  content.absence_state = "resolved";
  const std::vector<std::string> lines = Rendered({{.content = content}, {}, {}});
  EXPECT_THAT(lines[0], HasSubstr("severe: UNAMID is in contact with a neighbouring mission again, "
                                  "after 36 hours without an exchange; latest"));
  EXPECT_THAT(lines,
              Contains(HasSubstr("Ask the neighbouring operations centre what it had to tell "
                                 "in between.")));
}

}  // namespace
}  // namespace tocsin
