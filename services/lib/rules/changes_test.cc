#include "lib/rules/changes.h"

#include <functional>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

Rule Attacks() {
  Rule rule;
  rule.id = RuleId("attacks");
  rule.version = 1;
  rule.group_by = {"corridor"};
  rule.selections = {{.name = "attack", .types = {"security.*"}, .natures = {Nature::kObserved}}};
  rule.window = std::chrono::hours(24);
  rule.severities = {{Severity::kModerate, 3}};
  return rule;
}

Pack PackOf(std::vector<Rule> rules) {
  Pack pack;
  pack.rules = std::move(rules);
  pack.types["security.attack"] = {.name = "security.attack", .sitreps = true};
  pack.types["health.outbreak"] = {.name = "health.outbreak", .sitreps = true};
  return pack;
}

TEST(ChangesTest, TheSameRulesChangeNothing) {
  const RuleChanges changes = CompareRules(PackOf({Attacks()}), PackOf({Attacks()}));
  EXPECT_TRUE(changes.need_events.empty());
  EXPECT_TRUE(changes.restated.empty());
  EXPECT_TRUE(changes.removed.empty());
}

TEST(ChangesTest, ACompositeIsNeverReadAgainButToldAgain) {
  Rule both;
  both.id = RuleId("both");
  both.kind = RuleKind::kComposite;
  both.group_by = {"corridor"};
  both.selections = {{.name = "a", .rules = {RuleId("attacks")}}};
  Rule others = Attacks();
  others.id = RuleId("others");
  const RuleChanges added =
      CompareRules(PackOf({Attacks(), others}), PackOf({Attacks(), both, others}));
  EXPECT_TRUE(added.need_events.empty());
  EXPECT_EQ(added.restated, (std::set<RuleId>{RuleId("attacks"), RuleId("both")}));
  // What it selects may need events itself.
  Rule wider = Attacks();
  wider.window = std::chrono::hours(48);
  const RuleChanges wide = CompareRules(PackOf({Attacks()}), PackOf({wider, both}));
  EXPECT_EQ(wide.need_events, (std::set<RuleId>{RuleId("attacks")}));
  EXPECT_EQ(wide.restated, (std::set<RuleId>{RuleId("both")}));
}

TEST(ChangesTest, ThresholdsAddresseesAndWordsAreARestatement) {
  Rule other = Attacks();
  other.version = 2;
  other.title = {{"en", "Attacks"}};
  other.severities = {{Severity::kModerate, 2}, {Severity::kExtreme, 9}};
  other.address = {"all"};
  other.shadow = true;
  const RuleChanges changes = CompareRules(PackOf({Attacks()}), PackOf({other}));
  EXPECT_TRUE(changes.need_events.empty());
  EXPECT_EQ(changes.restated, std::set<RuleId>{RuleId("attacks")});
}

TEST(ChangesTest, WindowsKeysAndSelectionsNeedEvents) {
  const auto needs = [](const std::function<void(Rule&)>& change) {
    Rule other = Attacks();
    change(other);
    return CompareRules(PackOf({Attacks()}), PackOf({other})).need_events.size();
  };
  EXPECT_EQ(needs([](Rule& r) { r.window *= 2; }), 1U);
  EXPECT_EQ(needs([](Rule& r) { r.group_by = {"area"}; }), 1U);
  EXPECT_EQ(needs([](Rule& r) { r.selections[0].min.killed = 1; }), 1U);
  EXPECT_EQ(needs([](Rule& r) { r.lifetime = std::chrono::hours(1); }), 1U);
  EXPECT_EQ(needs([](Rule& r) { r.kind = RuleKind::kValueCount; }), 1U);
  EXPECT_EQ(needs([](Rule& r) { r.sequence.until = {"x"}; }), 1U);
}

TEST(ChangesTest, RulesComeAndGo) {
  Rule second = Attacks();
  second.id = RuleId("second");
  const RuleChanges changes = CompareRules(PackOf({Attacks()}), PackOf({second}));
  EXPECT_EQ(changes.need_events, std::set<RuleId>{RuleId("second")});
  EXPECT_EQ(changes.removed, std::set<RuleId>{RuleId("attacks")});
}

TEST(ChangesTest, OnlyATypeThatARuleSelectsConcernsIt) {
  Pack after = PackOf({Attacks()});
  after.types["health.outbreak"].lateness = std::chrono::hours(1);
  EXPECT_TRUE(CompareRules(PackOf({Attacks()}), after).need_events.empty());
  after.types["security.attack"].lateness = std::chrono::hours(1);
  EXPECT_EQ(CompareRules(PackOf({Attacks()}), after).need_events.size(), 1U);
}

TEST(ChangesTest, AreasMoveEveryEventAndMissionsOnlyTheAddressees) {
  Pack after = PackOf({Attacks()});
  after.areas_geojson = "{}";
  EXPECT_EQ(CompareRules(PackOf({Attacks()}), after).need_events.size(), 1U);
  after = PackOf({Attacks()});
  after.live_missions = {MissionId("unmis")};
  const RuleChanges changes = CompareRules(PackOf({Attacks()}), after);
  EXPECT_TRUE(changes.need_events.empty());
  EXPECT_EQ(changes.restated.size(), 1U);
}

TEST(ChangesTest, OnlyRegistersAndTypesMoveEvents) {
  const auto moves = [](const std::function<void(Pack&)>& change) {
    Pack after = PackOf({Attacks()});
    change(after);
    return CompareRules(PackOf({Attacks()}), after).moves_events;
  };
  EXPECT_FALSE(moves([](Pack& p) { p.rules[0].group_by = {"area"}; }));
  EXPECT_FALSE(moves([](Pack& p) { p.live_missions = {MissionId("unmis")}; }));
  EXPECT_TRUE(moves([](Pack& p) { p.corridors_geojson = "{}"; }));
  EXPECT_TRUE(moves([](Pack& p) { p.actors[ActorId("lra")].actor_class = "armed_group"; }));
  EXPECT_TRUE(moves([](Pack& p) { p.types.erase("health.outbreak"); }));
}

}  // namespace
}  // namespace tocsin
