// What a movement is read from, and what it is refused for.
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

constexpr char kRule[] = R"(id: column
version: 1
title: {en: Column}
why: Because.
kind: movement
group_by: [actor]
selections:
  seen:
    types: [security.sighting]
    actor_classes: [armed_group]
condition:
  within: 36h
  radius_km: 25
  ahead: 2d
  least_sightings: 3
  severity: severe
address: [ahead, evidence_areas]
urgency: expected
response: prepare
label: {classification: unclassified, tlp: amber}
)";

std::string Refusal(const char* from, const char* to) {
  const std::string text = absl::StrReplaceAll(kRule, {{from, to}});
  EXPECT_NE(text, kRule) << "nothing replaced: " << from;
  const auto rule = ParseRule("rule/column", text, TestPack());
  EXPECT_EQ(rule.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(rule.status().message());
}

TEST(MovementRuleTest, ReadsEveryPart) {
  const auto rule = ParseRule("rule/column", kRule, TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->kind, RuleKind::kMovement);
  EXPECT_EQ(rule->window, std::chrono::hours(36));
  EXPECT_EQ(rule->reach, rule->window);
  EXPECT_EQ(rule->most_uncertainty_m, 25'000);
  EXPECT_EQ(rule->movement.ahead, std::chrono::hours(48));
  EXPECT_EQ(rule->movement.least_sightings, 3);
  EXPECT_EQ(rule->severity, Severity::kSevere);
  EXPECT_EQ(rule->address, (std::vector<std::string>{"ahead", "evidence_areas"}));
  EXPECT_FALSE(rule->WaitsForTime());
}

TEST(MovementRuleTest, TracksNobodyButArmedGroups) {
  const std::string reason =
      "selections.seen.actor_classes: must be [armed_group]: a movement tracks its actor, and "
      "whoever else is tracked is put at risk, and the humanitarian space with them";
  EXPECT_EQ(Refusal("[armed_group]", "[civilians]"), "rule/column:9:5: " + reason);
  EXPECT_THAT(Refusal("[armed_group]", "[armed_group, government]"), HasSubstr(reason));
  EXPECT_THAT(Refusal("    actor_classes: [armed_group]\n", ""), HasSubstr(reason));
  EXPECT_THAT(Refusal("condition:", "  fled:\n    types: [displacement.flow]\ncondition:"),
              HasSubstr("selections.fled.actor_classes: must be [armed_group]"));
}

TEST(MovementRuleTest, RefusesWhatMeansNothing) {
  EXPECT_THAT(Refusal("[actor]", "[area]"), HasSubstr("6:11: group_by: must be [actor]"));
  EXPECT_THAT(Refusal("[actor]", "[actor, mission]"), HasSubstr("group_by: must be [actor]"));
  EXPECT_THAT(Refusal("least_sightings: 3", "least_sightings: 1"),
              HasSubstr("condition.least_sightings: "));
  EXPECT_THAT(Refusal("  least_sightings: 3\n", ""), HasSubstr("least_sightings: is missing"));
  EXPECT_THAT(Refusal("ahead: 2d", "ahead: 0s"), HasSubstr("condition.ahead: '0s' must be"));
  EXPECT_THAT(Refusal("radius_km: 25", "radius_km: 0"), HasSubstr("condition.radius_km: must be"));
  EXPECT_THAT(Refusal("severity: severe", "severity: dire"), HasSubstr("severity: 'dire'"));
  EXPECT_THAT(Refusal("within: 36h", "within: 36h\n  every: 1h"), HasSubstr("not a known key"));
}

TEST(MovementRuleTest, NothingElseKnowsWhatLiesAhead) {
  EXPECT_THAT(Refusal("kind: movement", "kind: absence"), HasSubstr("every: is missing"));
  const std::string absence = absl::StrReplaceAll(
      kRule,
      {{"kind: movement", "kind: absence"},
       {"  within: 36h\n  radius_km: 25\n  ahead: 2d\n  least_sightings: 3\n", "  every: 1d\n"}});
  EXPECT_THAT(ParseRule("rule/column", absence, TestPack()).status().message(),
              HasSubstr("address: ahead needs kind movement"));
}

}  // namespace
}  // namespace tocsin
