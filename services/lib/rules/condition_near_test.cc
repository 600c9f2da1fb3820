// near, and its search over cells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/rules/changes.h"
#include "lib/rules/pack_testing.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Near(const std::string& group_by, const std::string& radius_km,
                 const std::string& kind = "near") {
  return StrCat("id: r\nversion: 1\ntitle: {en: T}\nwhy: W\nkind: ", kind, "\ngroup_by: ", group_by,
                R"(
selections: {a: {types: [security.attack]}, b: {types: [security.sighting]}}
)",
                kind == "near" ? StrCat("condition: {within: 1d, radius_km: ", radius_km,
                                        ", all_of: [a, b], severity: severe}\n")
                               : "condition: {window: 1d, severities: {severe: 2}}\n",
                R"(address: all
urgency: expected
response: assess
label: {classification: unclassified, tlp: amber}
)");
}

Rule Parsed(const std::string& text) {
  const auto rule = ParseRule("r", text, TestPack());
  EXPECT_TRUE(rule.ok()) << rule.status();
  return rule.ok() ? *rule : Rule();
}

std::string Refusal(const std::string& text) {
  const auto rule = ParseRule("r", text, TestPack());
  EXPECT_FALSE(rule.ok());
  return std::string(rule.status().message());
}

TEST(NearOverCellsTest, TheWordIsNoFieldOfTheKey) {
  const Rule everywhere = Parsed(Near("[cell]", "60"));
  EXPECT_THAT(everywhere.group_by, IsEmpty());
  EXPECT_EQ(everywhere.KeySpec(), "of:r");
  ASSERT_TRUE(everywhere.cell_level.has_value());
  EXPECT_EQ(everywhere.CellSpec(), StrCat("cell:", *everywhere.cell_level));
  const Rule of_actor = Parsed(Near("[actor, cell]", "60"));
  EXPECT_EQ(of_actor.KeySpec(), "of:r+actor");
  EXPECT_EQ(of_actor.CellSpec(), everywhere.CellSpec() + "+actor");
  EXPECT_EQ(Parsed(Near("[corridor]", "60")).cell_level, std::nullopt);
  EXPECT_EQ(Parsed(Near("[corridor]", "60")).CellSpec(), "");
}

TEST(NearOverCellsTest, CellsAreAsSmallAsTheRadiusLets) {
  int32_t before = 0;
  for (const char* radius : {"500", "300", "100", "10", "1", "0.1", "0.001"}) {
    const int32_t level = *Parsed(Near("[cell]", radius)).cell_level;
    EXPECT_GE(level, before) << radius;
    before = level;
  }
  EXPECT_EQ(*Parsed(Near("[cell]", "500")).cell_level, 3);
  EXPECT_LE(before, 22);
}

TEST(NearOverCellsTest, RefusesWhatNoSearchOverCellsCanDo) {
  EXPECT_THAT(Refusal(Near("[cell]", "501")),
              AllOf(HasSubstr("condition.radius_km"), HasSubstr("500 at most")));
  EXPECT_EQ(Parsed(Near("[corridor]", "501")).radius_m, 501'000);
  EXPECT_THAT(Refusal(Near("[cell]", "60", "event_count")),
              AllOf(HasSubstr("group_by"), HasSubstr("only near")));
}

TEST(NearOverCellsTest, OtherCellsAreAnotherRuleToTheEvents) {
  Pack before, after;
  before.rules = {Parsed(Near("[corridor]", "60"))};
  after.rules = {Parsed(Near("[corridor, cell]", "60"))};
  EXPECT_THAT(CompareRules(before, after).need_events, ::testing::ElementsAre(RuleId("r")));
}

}  // namespace
}  // namespace tocsin
