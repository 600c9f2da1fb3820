// What a rule of the kinds temporal and temporal_ordered is refused for.
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kRule[] = R"(id: flight
version: 1
title: {en: Flight}
why: Because.
kind: temporal_ordered
group_by: [corridor]
selections:
  attack:
    types: [security.attack]
  flight:
    types: [displacement.flow]
condition:
  within: 2d
  steps: [attack, flight]
  severity: severe
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
)";

using Changes = std::vector<std::pair<std::string, std::string>>;

std::string With(const Changes& changes) {
  std::string text = kRule;
  for (const auto& [from, to] : changes) {
    EXPECT_NE(text.find(from), std::string::npos) << "nothing replaced: " << from;
    text = absl::StrReplaceAll(text, {{from, to}});
  }
  return text;
}
// More lines in the condition, and more selections.
std::string Condition(const std::string& line) {
  return With({{"  severity: severe\n", "  severity: severe\n  " + line + "\n"}});
}
std::string Condition(const std::string& line, const std::string& selection) {
  return absl::StrReplaceAll(Condition(line),
                             {{"condition:\n", "  " + selection + "\ncondition:\n"}});
}

std::string Refusal(const std::string& text) {
  const auto rule = ParseRule("rule/flight", text, TestPack());
  EXPECT_FALSE(rule.ok()) << text;
  return std::string(rule.status().message());
}
Rule Parsed(const std::string& text) {
  const auto rule = ParseRule("rule/flight", text, TestPack());
  EXPECT_TRUE(rule.ok()) << rule.status() << "\n" << text;
  return rule.ok() ? *rule : Rule();
}

TEST(RuleSequenceTest, ReadsEveryPart) {
  const Rule rule = Parsed(Condition(R"(gap: 1d
  equal: [area]
  differ: [mission, origin]
  until: [calm, relief]
  then_no: {selection: relief, within: 6h}
  take: latest)",
                                     "calm: {types: [phase.declared]}\n  "
                                     "relief: {types: [security.sighting]}"));
  EXPECT_EQ(rule.kind, RuleKind::kSequence);
  EXPECT_EQ(rule.window, std::chrono::hours(48));
  EXPECT_EQ(rule.reach, std::chrono::hours(54));
  EXPECT_EQ(rule.lifetime, rule.window);
  EXPECT_EQ(rule.severity, Severity::kSevere);
  const SequenceCondition& read = rule.sequence;
  EXPECT_TRUE(read.ordered);
  EXPECT_TRUE(read.latest);
  EXPECT_THAT(read.steps, ElementsAre("attack", "flight"));
  EXPECT_EQ(read.gap, std::chrono::hours(24));
  EXPECT_THAT(read.equal, ElementsAre("area"));
  EXPECT_THAT(read.differ, ElementsAre("mission", "origin"));
  EXPECT_THAT(read.until, ElementsAre("calm", "relief"));
  EXPECT_EQ(read.then_no, "relief");
  EXPECT_EQ(read.then_within, std::chrono::hours(6));
  EXPECT_TRUE(rule.WaitsForTime());

  const Rule plain = Parsed(With({{"temporal_ordered", "temporal"}}));
  EXPECT_FALSE(plain.sequence.ordered);
  EXPECT_FALSE(plain.sequence.latest);
  EXPECT_EQ(plain.sequence.gap, std::nullopt);
  EXPECT_EQ(plain.reach, plain.window);
  EXPECT_FALSE(plain.WaitsForTime());
  EXPECT_FALSE(Parsed(Condition("take: every")).sequence.latest);
}

TEST(RuleSequenceTest, RefusesStepsThatAreNone) {
  EXPECT_THAT(Refusal(With({{"[attack, flight]", "[attack]"}})),
              HasSubstr("condition.steps: must name from 2 to 4 selections"));
  EXPECT_THAT(Refusal(With({{"  steps: [attack, flight]\n", ""}})), HasSubstr("from 2 to 4"));
  EXPECT_THAT(Refusal(With({{"[attack, flight]", "[attack, flight, b, c, d]"}})),
              HasSubstr("from 2 to 4"));
  EXPECT_THAT(Refusal(With({{"[attack, flight]", "[attack, fight]"}})),
              HasSubstr("condition.steps: 'fight' is not a selection"));
  EXPECT_THAT(Refusal(With({{"[attack, flight]", "[attack, attack]"}})),
              HasSubstr("'attack' is there twice"));
  EXPECT_THAT(Refusal(Condition("take: every", "calm: {types: [phase.declared]}")),
              HasSubstr("selections: 'calm' is used nowhere"));
}

TEST(RuleSequenceTest, OneStepIsEnoughBeforeASilence) {
  const auto alone = [](const std::string& line) {
    return absl::StrReplaceAll(Condition("then_no: {selection: flight, within: 6h}\n  " + line),
                               {{"[attack, flight]", "[attack]"}});
  };
  EXPECT_THAT(Parsed(alone("")).sequence.steps, ElementsAre("attack"));
  for (const char* const line :
       {"gap: 1d", "equal: [area]", "differ: [area]", "until: [flight]", "take: latest"}) {
    EXPECT_THAT(Refusal(alone(line)), HasSubstr("needs two steps")) << line;
  }
}

TEST(RuleSequenceTest, RefusesTimesThatContradict) {
  EXPECT_THAT(Refusal(With({{"within: 2d", "within: 0d"}})), HasSubstr("condition.within"));
  EXPECT_THAT(Refusal(Condition("gap: 3d")), HasSubstr("condition.gap: is longer than within"));
  EXPECT_THAT(Refusal(Condition("gap: 0s")), HasSubstr("condition.gap"));
  EXPECT_THAT(
      Refusal(absl::StrReplaceAll(Condition("gap: 1d"), {{"temporal_ordered", "temporal"}})),
      HasSubstr("condition.gap: needs an order"));
  Parsed(Condition("gap: 2d"));
  EXPECT_THAT(Refusal(Condition("take: first")), HasSubstr("'first' is neither every nor latest"));
  EXPECT_THAT(Refusal(Condition("take: [latest]")), HasSubstr("condition.take"));
}

TEST(RuleSequenceTest, RefusesUntilThatUndoesTheRule) {
  EXPECT_THAT(Refusal(Condition("until: [calm]")), HasSubstr("'calm' is not a selection"));
  EXPECT_THAT(Refusal(Condition("until: [flight]")), HasSubstr("'flight' is a step"));
  EXPECT_THAT(Refusal(Condition("until: [any]", "any: {types: [displacement.*]}")),
              HasSubstr("'any' selects every event of the step 'flight'"));
  Parsed(Condition("until: [any]", "any: {types: [security.*]}"));
  Parsed(Condition("until: [any]", "any: {types: [displacement.*], missions: [north]}"));
  Parsed(Condition("until: [any]", "any: {types: [displacement.*], min: {displaced: 1}}"));
  Parsed(Condition("until: [any]", "any: {types: [displacement.*], natures: [declared]}"));
}

TEST(RuleSequenceTest, RefusesThenNoThatContradicts) {
  const std::string calm = "calm: {types: [phase.declared]}";
  Parsed(Condition("then_no: {selection: calm, within: 1d}", calm));
  EXPECT_THAT(Refusal(Condition("then_no: {selection: calm, within: 1d}")),
              HasSubstr("condition.then_no.selection: 'calm' is not a selection"));
  EXPECT_THAT(Refusal(Condition("then_no: {selection: attack, within: 1d}")),
              HasSubstr("condition.then_no.selection: 'attack' is a step"));
  EXPECT_THAT(Refusal(Condition("then_no: {selection: calm, within: 0s}", calm)),
              HasSubstr("condition.then_no.within"));
  EXPECT_THAT(Refusal(Condition("then_no: {selection: calm}", calm)),
              HasSubstr("condition.then_no.within: is missing"));
  EXPECT_THAT(Refusal(Condition("then_no: {selection: calm, within: 1d, gap: 1d}", calm)),
              HasSubstr("condition.then_no.gap: is not a known key"));
  EXPECT_THAT(Refusal(Condition("then_no: calm", calm)), HasSubstr("condition.then_no"));
}

TEST(RuleSequenceTest, RefusesJoinsThatNothingMeets) {
  EXPECT_THAT(Refusal(Condition("equal: [weapon]")),
              HasSubstr("condition.equal: of the step 'flight' no selected type has the attribute "
                        "weapon"));
  EXPECT_THAT(Refusal(Condition("differ: [weapon]")),
              HasSubstr("condition.differ: of the step 'flight'"));
  EXPECT_THAT(Refusal(Condition("equal: [area]\n  differ: [area]")),
              HasSubstr("condition.differ: 'area' is in equal, too"));
  EXPECT_THAT(Refusal(Condition("differ: [corridor]")), HasSubstr("'corridor' is in group_by"));
  Parsed(Condition("equal: [corridor, area, actor, mission, origin]"));
  EXPECT_THAT(Parsed(Condition("differ_between: {mission: [attack, flight]}"))
                  .sequence.differ_between.at("mission"),
              ElementsAre("attack", "flight"));
  EXPECT_THAT(Refusal(Condition("differ_between: {mission: [attack]}")),
              HasSubstr("condition.differ_between.mission: needs two steps"));
  EXPECT_THAT(Refusal(Condition("differ_between: {mission: [attack, fight]}")),
              HasSubstr("'fight' is not a step"));
  EXPECT_THAT(Refusal(Condition("equal: [mission]\n  differ_between: {mission: [attack, flight]}")),
              HasSubstr("condition.differ_between.mission: is in equal or differ, too"));
  EXPECT_THAT(Refusal(Condition("differ_between: {weapon: [attack, flight]}")),
              HasSubstr("of the step 'flight'"));
  Parsed(Condition("differ: [area, actor, mission, origin]"));

  const auto of = [](const std::string& attack, const std::string& flight,
                     const std::string& condition) {
    return absl::StrReplaceAll(Condition(condition),
                               {{"[security.attack]", attack}, {"[displacement.flow]", flight}});
  };
  const auto from = [](const std::string& mission) {
    return "[security.attack]\n    missions: [" + mission + "]";
  };
  EXPECT_THAT(Refusal(of(from("north"), from("south"), "equal: [mission]")),
              HasSubstr("no value of 'mission' is possible for all steps"));
  EXPECT_THAT(Refusal(of(from("north"), from("north"), "differ: [mission]")),
              HasSubstr("the steps allow too few values of 'mission'"));
  Parsed(of(from("north, south"), from("north"), "differ: [mission]"));
  const auto level = [](const std::string& value) {
    return "[phase.declared]\n    where: {level: " + value + "}";
  };
  EXPECT_THAT(Refusal(of(level("I"), level("II"), "equal: [level]")),
              HasSubstr("no value of 'level'"));
  EXPECT_THAT(Refusal(of(level("I"), level("I"), "differ: [level]")), HasSubstr("too few values"));
  Parsed(of(level("I"), "[phase.declared]", "differ: [level]"));

  const std::string by_mission =
      absl::StrReplaceAll(of(from("north"), from("south"), "take: every"),
                          {{"[corridor]", "[mission]"}, {"other_side", "all"}});
  EXPECT_THAT(Refusal(by_mission), HasSubstr("group_by: no value of 'mission' is possible"));
}

}  // namespace
}  // namespace tocsin
