#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/rulebook/diff.h"
#include "lib/rulebook/pages.h"
#include "lib/rulebook/prose.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kRule[] = R"(# a comment
id: attacks
version: 2
title: {en: Attacks}
why: >
  They spill
  over.
kind: event_count
group_by: [corridor]
selections:
  attack:
    types: [security.clash, security.attack]
    natures: [observed]
condition:
  window: 30d
  severities: {severe: 8, moderate: 3}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
)";

Facts Of(const std::string& text) {
  absl::StatusOr<Facts> facts = FactsOf("r", text);
  EXPECT_TRUE(facts.ok()) << facts.status();
  return facts.ok() ? *facts : Facts();
}

Facts With(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::string text = kRule;
  for (const auto& [from, to] : changes) {
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    EXPECT_NE(text, changed) << "nothing replaced: " << from;
    text = changed;
  }
  return Of(text);
}

RuleDiff Diff(const Facts& from, const Facts& to) {
  const std::vector<RuleDiff> diffs = DiffRules({{"attacks", from}}, {{"attacks", to}});
  EXPECT_EQ(diffs.size(), 1u);
  return diffs.at(0);
}

TEST(FactsTest, WhatMeansTheSameIsTheSame) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"# a comment\n", ""},
           {"30d", "720h"},
           {"30d", "\"030d\""},
           {"[security.clash, security.attack]", "[security.attack, \"security.clash\"]"},
           {"    natures: [observed]\n", ""},
           {"    natures: [observed]\n", "    natures: [observed]\n    missions: []\n"},
           {"{severe: 8, moderate: 3}", "{moderate: 3, severe: 08}"},
           {"address: other_side", "address: [other_side]"},
           {"label:", "lifetime: 30d\nlabel:"},
           {">\n  They spill\n  over.", "They spill over."},
           {"condition:\n", "condition:\n  tumbling: false\n"}}) {
    EXPECT_EQ(With({{from, to}}), Of(kRule)) << from << " and " << to;
  }
}

TEST(FactsTest, WhatMeansSomethingElseIsNot) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"30d", "31d"},
           {"[corridor]", "[corridor, mission]"},
           {"security.clash, ", ""},
           {"[observed]", "[observed, expected]"},
           {"severe: 8", "severe: 9"},
           {"severe: 8", "extreme: 8"},
           {"label:", "lifetime: 31d\nlabel:"},
           {"tlp: amber", "tlp: red"},
           {"over.", "across."},
           {"  attack:", "  raid:"},
           {"condition:\n", "condition:\n  tumbling: true\n"}}) {
    EXPECT_NE(With({{from, to}}), Of(kRule)) << from << " and " << to;
  }
  const std::string two = "selections:\n  other: {types: [a.b]}\n";
  EXPECT_NE(
      With({{"selections:\n", two}}),
      With({{"    natures: [observed]\n", "    natures: [observed]\n  other: {types: [a.b]}\n"}}))
      << "an item shows the first selection that it meets";
  EXPECT_NE(With({{"[corridor]", "[area, corridor]"}}), With({{"[corridor]", "[corridor, area]"}}));
}

TEST(FactsTest, LengthsInTheGreatestWholeUnit) {
  EXPECT_EQ(LengthInWords("24h"), "1 day");
  EXPECT_EQ(LengthInWords("36h"), "36 hours");
  EXPECT_EQ(LengthInWords("90s"), "90 seconds");
  EXPECT_EQ(LengthInWords("120s"), "2 minutes");
  EXPECT_EQ(LengthInWords("0d"), "0 seconds");
  EXPECT_EQ(LengthInWords("soon"), "soon");
}

TEST(FactsTest, TextThatIsNoRule) {
  EXPECT_FALSE(FactsOf("r", "- a\n").ok());
  EXPECT_FALSE(FactsOf("r", "a: &x b\nc: *x\n").ok());
  EXPECT_FALSE(FactsOf("r", "a: \xff").ok());
}

TEST(DiffTest, InWords) {
  const RuleDiff diff = Diff(Of(kRule), With({{"version: 2", "version: 3"},
                                              {"30d", "3w"},
                                              {"security.clash,", "security.mine,"},
                                              {"severe: 8", "extreme: 9"},
                                              {"{en: Attacks}", "{en: Raids}"},
                                              {"spill", "flow"},
                                              {"[corridor]", "[corridor, area]"}}));
  EXPECT_EQ(diff.state, RuleDiff::State::kChanged);
  EXPECT_EQ(diff.problem, "");
  EXPECT_THAT(
      diff.changes,
      ElementsAre("condition.severities.extreme: new: 9",
                  "condition.severities.severe: gone, was 8", "condition.window: 3w, was 30 days",
                  "group_by: also area", "lifetime: 3w, was 30 days",
                  "selections.attack.types: also security.mine; no longer security.clash",
                  "title.en: Raids, was Attacks", "why: in other words"));
}

TEST(DiffTest, VersionsMustSayIt) {
  EXPECT_EQ(Diff(Of(kRule), Of(kRule)).state, RuleDiff::State::kSame);
  EXPECT_EQ(Diff(Of(kRule), With({{"30d", "21d"}})).problem,
            "changed, and the version is 2 still; make it 3");
  EXPECT_EQ(Diff(Of(kRule), With({{"30d", "21d"}, {"version: 2", "version: 1"}})).problem,
            "the version goes back; make it 3");
  EXPECT_EQ(Diff(Of(kRule), With({{"version: 2", "version: 1"}})).problem,
            "the version goes back; make it 3");
  const RuleDiff raised = Diff(Of(kRule), With({{"version: 2", "version: 3"}}));
  EXPECT_EQ(raised.state, RuleDiff::State::kChanged);
  EXPECT_THAT(raised.changes, IsEmpty());
  EXPECT_EQ(raised.problem, "");
}

TEST(DiffTest, NewAndGone) {
  const std::vector<RuleDiff> diffs = DiffRules({{"a", Of(kRule)}}, {{"b", Of(kRule)}});
  ASSERT_EQ(diffs.size(), 2u);
  EXPECT_EQ(diffs[0].state, RuleDiff::State::kGone);
  EXPECT_EQ(diffs[1].state, RuleDiff::State::kNew);
  EXPECT_EQ(diffs[0].problem + diffs[1].problem, "");
}

std::string Condition(const std::string& kind, const std::string& condition) {
  return ConditionInWords(Of(StrCat("kind: ", kind, "\nselections: {attack: {types: [a.b]}}\n",
                                    "condition:\n", condition, "\n")));
}

TEST(ProseTest, ASearchOverCellsIsAnywhere) {
  const auto key = [](const std::string& group_by) {
    return KeyInWords(Of(StrCat("kind: near\ngroup_by: ", group_by, "\n")));
  };
  EXPECT_EQ(key("[cell]"), "anywhere");
  EXPECT_EQ(key("[actor, cell]"), "anywhere, for each actor of the register");
  EXPECT_EQ(key("[area, corridor]"), "for each area of responsibility and border corridor");
}

TEST(ProseTest, EveryKindInWords) {
  EXPECT_EQ(ConditionInWords(Of(kRule)), "At least 3 distinct incidents within 30 days.");
  EXPECT_EQ(Condition("event_count", "  window: 1d\n  severities: {minor: 1}\n  tumbling: true"),
            "At least 1 incident in one of the windows of 1 day that lie side by side since 1970.");
  EXPECT_EQ(Condition("value_count", "  window: 14d\n  field: area\n  severities: {minor: 2}"),
            "At least 2 different areas of responsibility within 14 days.");
  EXPECT_EQ(
      Condition("near", "  within: 36h\n  radius_km: 40.0\n  all_of: [attack, other]"),
      "One event each of *attack* and *other*, no two of them more than 40 km and 36 hours apart.");
  EXPECT_THAT(Condition("absence", "  every: 12h"),
              HasSubstr("No further *attack* for more than 12 hours after the last one."));
  EXPECT_EQ(Condition("absence", "  daily_by: \"18:00\"\n  desk: unmis"),
            "A day without *attack* by 18:00, local time of `unmis`.");
  EXPECT_EQ(
      Condition("temporal", "  steps: [a, b, c]\n  within: 10d\n  differ: [mission]"),
      "One event each of *a*, *b* and *c*, in any order, within 10 days, no two with the same "
      "filing mission.");
  EXPECT_EQ(
      Condition("temporal_ordered",
                "  steps: [b, a]\n  within: 10d\n  gap: 5d\n  equal: [corridor]\n  until: [c]\n"
                "  then_no: {selection: d, within: 2d}\n  take: latest"),
      "One event each of *b* and *a*, in this order, within 10 days, no step more than 5 days "
      "after the one before it, all with the same border corridor, and no *c* between the first "
      "and the last, and no *d* within 2 days after the last. An event that completes it counts "
      "with the latest events that fit, and with no others.");
  EXPECT_EQ(
      Condition("divergence", "  field: level\n  sides: mission\n  longer_than: 3d\n  stands: 90d"),
      "Two filing missions have declared different values of `level` for more than 3 days. A "
      "declaration stands until the next one for the same mission, 90 days at most.");
  EXPECT_EQ(
      Condition("movement", "  within: 5d\n  radius_km: 20\n  ahead: 96h\n  least_sightings: 3"),
      "At least 3 sightings, neighbours no more than 5 days apart and each sure to 20 km, make a "
      "course that can reach another area of responsibility within 4 days.");
  EXPECT_THAT(Condition("surge",
                        "  bucket: 7d\n  baseline: 364d\n  half_life: 90d\n  least: 4\n"
                        "  false_alarms: 0.001"),
              HasSubstr("a share of 0.001 warns all the same."));
  EXPECT_EQ(
      Condition("composite", "  all_of: [a, b]\n  within: 14d\n  severity: severe"),
      "One standing warning each of *a* and *b*, the times of no two of them more than 14 days "
      "apart.");
  EXPECT_EQ(Condition("tides", "  moon: full"), "");
}

TEST(PagesTest, APageForEachRuleAndAnIndex) {
  const auto types = PlainFactsOf("t", "types: {security.attack: {title: {en: Attack}}}");
  ASSERT_TRUE(types.ok());
  const auto pages =
      RulePages({{Of(kRule), "attacks.yaml", {"three warn"}, {}},
                 {With({{"id: attacks", "id: other"}, {"Attacks", "A | B"}}), "o.yaml", {}, {}}},
                *types);
  ASSERT_EQ(pages.size(), 3u);
  const std::string& page = pages.at("attacks.md");
  EXPECT_THAT(page, HasSubstr("# Attacks\n\n`attacks`, version 2, live ([attacks.yaml]"));
  EXPECT_THAT(page, HasSubstr("## Why\n\nThey spill over.\n"));
  EXPECT_THAT(page, HasSubstr("Severity: moderate from 3, severe from 8.\n"));
  EXPECT_THAT(page,
              HasSubstr("- *attack*: Attack (`security.attack`) or `security.clash`; observed.\n"));
  EXPECT_THAT(page, HasSubstr("The desks of both sides of the corridor.\n"));
  EXPECT_THAT(page, HasSubstr("| expires | 30 days after the last evidence |"));
  EXPECT_THAT(page, HasSubstr("## Timelines\n\nWhat it is tested with:\n\n- three warn\n"));
  EXPECT_THAT(pages.at("other.md"), Not(HasSubstr("Timelines")));
  EXPECT_THAT(pages.at("README.md"), HasSubstr("| [A \\| B](other.md) | "));
  for (const auto& [name, text] : pages) EXPECT_TRUE(text.starts_with(kPageMark)) << name;
}

constexpr char kForms[] = R"(mission: minurcat
overrides:
  attacks:
    version: 3
    why: One road leads there.
    condition: {severities: {moderate: 2}}
    lifetime: 720h
)";

TEST(FormsTest, AFormSaysWhatTheRuleSaysWithTheOverrideLaidOverIt) {
  const auto forms = FactsOfForms("o", "minurcat", kForms, {{"attacks", kRule}});
  ASSERT_TRUE(forms.ok()) << forms.status();
  ASSERT_EQ(forms->size(), 1u);
  const Facts& form = forms->at("attacks@minurcat");
  EXPECT_EQ(form.Text("id"), "attacks@minurcat");
  EXPECT_EQ(form.Text("version"), "5") << "2 of the rule, 3 of the override";
  EXPECT_THAT(Differences(Of(kRule), form),
              ElementsAre("condition.severities.moderate: 2, was 3", "why: in other words"));
  EXPECT_THAT(FactsOfForms("o", "minurcat", kForms, {}).status().message(),
              HasSubstr("o: overrides.attacks: there is no such rule"));
}

TEST(FormsTest, AFormThatChangesUnderItsVersionMayNotBePublished) {
  const auto forms = [](const std::string& text) {
    return FactsOfForms("o", "minurcat", text, {{"attacks", kRule}}).value();
  };
  std::string other = kForms;
  other.replace(other.find("moderate: 2"), 11, "moderate: 1");
  const std::vector<RuleDiff> diffs = DiffRules(forms(kForms), forms(other));
  ASSERT_EQ(diffs.size(), 1u);
  EXPECT_EQ(diffs[0].problem, "changed, and the version is 5 still; raise that of the override");
}

TEST(FormsTest, ThePageOfARuleSaysWhoHasAFormOfTheirOwn) {
  const auto forms = FactsOfForms("o", "minurcat", kForms, {{"attacks", kRule}}).value();
  const auto pages = RulePages(
      {{Of(kRule), "attacks.yaml", {}, {{"minurcat", forms.at("attacks@minurcat"), {"two warn"}}}}},
      Facts());
  ASSERT_EQ(pages.size(), 2u);
  EXPECT_THAT(
      pages.at("attacks.md"),
      HasSubstr("## Missions with their own form\n\n### minurcat\n\n`attacks@minurcat`, "
                "version 5 ([overrides/minurcat.yaml](../../rules/overrides/minurcat.yaml))."
                "\n\nOne road leads there.\n\n- condition.severities.moderate: 2, was 3\n\n"
                "What it is tested with:\n\n- two warn\n"));
}

}  // namespace
}  // namespace tocsin
