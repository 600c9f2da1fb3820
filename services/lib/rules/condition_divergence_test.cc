#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr char kRule[] = R"(id: phases
version: 1
title: {en: Phases}
why: Because.
kind: divergence
group_by: [corridor]
selections:
  phase:
    types: [phase.declared]
    natures: [declared]
condition:
  field: level
  sides: area
  longer_than: 3d
  stands: 90d
  severities: {minor: 2}
address: other_side
urgency: future
response: assess
label: {classification: unclassified, tlp: amber}
)";

std::string Refusal(const std::vector<std::pair<std::string, std::string>>& changes) {
  const std::string text = absl::StrReplaceAll(kRule, changes);
  EXPECT_NE(text, kRule);
  const auto rule = ParseRule("rule/phases", text, TestPack());
  EXPECT_FALSE(rule.ok());
  return std::string(rule.status().message());
}

TEST(ConditionDivergenceTest, ReadsEveryPart) {
  const auto rule = ParseRule("rule/phases", kRule, TestPack());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->divergence.field, "level");
  EXPECT_EQ(rule->divergence.sides, "area");
  EXPECT_EQ(rule->divergence.longer_than, std::chrono::days(3));
  EXPECT_EQ(rule->window, std::chrono::days(90));
  EXPECT_EQ(rule->reach, std::chrono::days(90));
  EXPECT_EQ(rule->lifetime, std::chrono::days(90));
  EXPECT_THAT(rule->severities, ElementsAre(Pair(Severity::kMinor, 2)));
  EXPECT_TRUE(rule->WaitsForTime());
  const std::string at_once = absl::StrReplaceAll(
      kRule, {{"3d", "0s"}, {"area", "mission"}, {"minor: 2", "minor: 2, severe: 5"}});
  EXPECT_TRUE(ParseRule("r", at_once, TestPack()).ok());
}

TEST(ConditionDivergenceTest, RefusesWhatMeansNothing) {
  EXPECT_EQ(Refusal({{"field: level", "field: colour"}}),
            "rule/phases:12:10: condition.field: no selected type has the attribute colour");
  EXPECT_THAT(Refusal({{"field: level", "field: area"}}), HasSubstr("no selected type has"));
  EXPECT_THAT(Refusal({{"  field: level\n", ""}}), HasSubstr("condition.field: is missing"));
  EXPECT_THAT(Refusal({{"sides: area", "sides: corridor"}}), HasSubstr("must be area or mission"));
  EXPECT_THAT(Refusal({{"sides: area", "sides: mission"}, {"[corridor]", "[corridor, mission]"}}),
              HasSubstr("condition.sides: are never two: leave mission out"));
  EXPECT_THAT(Refusal({{"sides: area", "sides: mission"},
                       {"natures: [declared]", "natures: [declared]\n    missions: [north]"}}),
              HasSubstr("condition.sides: are never two: the selections are of one mission"));
  EXPECT_THAT(Refusal({{"longer_than: 3d", "longer_than: soon"}}),
              HasSubstr("condition.longer_than: 'soon'"));
  EXPECT_THAT(Refusal({{"stands: 90d", "stands: 0d"}}),
              HasSubstr("condition.stands: '0d' must be more than nothing"));
  EXPECT_THAT(Refusal({{"stands: 90d", "window: 90d"}}), HasSubstr("condition.stands: is missing"));
  EXPECT_THAT(Refusal({{"minor: 2", "minor: 1"}}), HasSubstr("must start with 2"));
  EXPECT_THAT(Refusal({{"minor: 2", "minor: 3"}}), HasSubstr("must start with 2"));
  EXPECT_THAT(Refusal({{"{minor: 2}", "{}"}}), HasSubstr("condition.severities"));
  EXPECT_THAT(Refusal({{"minor: 2", "minor: 2, severe: 3"}}),
              HasSubstr("more than 2 values, but a corridor has two sides"));
}

}  // namespace
}  // namespace tocsin
