#include "lib/rules/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack_testing.h"

namespace tocsin {
namespace {

KeyedEvent Attack() {
  KeyedEvent event;
  event.identity = {MissionId("north"), EventId("1")};
  event.revision = 1;
  event.status = Status::kExercise;
  event.exercise_id = "ex";
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.areas = {AreaId("north"), AreaId("south")};
  event.corridors = {CorridorId("north-south")};
  event.actors = {{ActorId("police"), "government", "victim"},
                  {ActorId("raiders"), "armed_group", "perpetrator"}};
  return event;
}

Rule RuleBy(std::vector<std::string> group_by) {
  Rule rule;
  rule.id = RuleId("r");
  rule.group_by = std::move(group_by);
  rule.window = std::chrono::hours(24);
  Selection selection;
  selection.name = "attack";
  selection.types = {"security.attack"};
  selection.natures = {Nature::kObserved};
  rule.selections = {selection};
  return rule;
}

std::vector<std::vector<std::pair<std::string, std::string>>> Fields(
    const std::vector<CorrelationKey>& keys) {
  std::vector<std::vector<std::pair<std::string, std::string>>> fields;
  for (const CorrelationKey& key : keys) {
    const auto parts = ParseKey(key);
    EXPECT_TRUE(parts.ok()) << parts.status();
    EXPECT_EQ(parts->status, Status::kExercise);
    EXPECT_EQ(parts->exercise_id, "ex");
    fields.push_back(parts->fields);
  }
  return fields;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST(KeysTest, OneForEachValueAndTheCrossProduct) {
  EXPECT_THAT(
      Fields(KeysOf(RuleBy({"area"}), Attack())),
      UnorderedElementsAre(ElementsAre(Pair("area", "north")), ElementsAre(Pair("area", "south"))));
  EXPECT_THAT(Fields(KeysOf(RuleBy({"area", "actor"}), Attack())),
              UnorderedElementsAre(ElementsAre(Pair("area", "north"), Pair("actor", "police")),
                                   ElementsAre(Pair("area", "north"), Pair("actor", "raiders")),
                                   ElementsAre(Pair("area", "south"), Pair("actor", "police")),
                                   ElementsAre(Pair("area", "south"), Pair("actor", "raiders"))));
  EXPECT_THAT(Fields(KeysOf(RuleBy({"mission"}), Attack())),
              ElementsAre(ElementsAre(Pair("mission", "north"))));
  EXPECT_THAT(KeysOf(RuleBy({"area", "feed"}), Attack()), IsEmpty());
}

TEST(KeysTest, ActorOfTheKeyHasTheClassAndRole) {
  Rule rule = RuleBy({"actor"});
  rule.selections[0].actor_classes = {"armed_group"};
  EXPECT_THAT(Fields(KeysOf(rule, Attack())), ElementsAre(ElementsAre(Pair("actor", "raiders"))));
  rule.selections[0].actor_roles = {"victim"};
  EXPECT_THAT(KeysOf(rule, Attack()), IsEmpty());
  rule.group_by = {"corridor"};
  EXPECT_THAT(KeysOf(rule, Attack()), IsEmpty()) << "class and role are of one actor";
  rule.selections[0].actor_roles = {"perpetrator"};
  EXPECT_EQ(KeysOf(rule, Attack()).size(), 1u);
}

TEST(KeysTest, NoneForWhatCannotBeEvidence) {
  const Rule rule = RuleBy({"corridor"});
  KeyedEvent event = Attack();
  event.late = true;
  EXPECT_THAT(KeysOf(rule, event), IsEmpty());
  event = Attack();
  event.observed = {FromMicros(0), FromMicros(0) + std::chrono::hours(24)};
  EXPECT_EQ(KeysOf(rule, event).size(), 1u);
  event.observed.to += Duration(1);
  EXPECT_THAT(KeysOf(rule, event), IsEmpty()) << "vague in time";
  event = Attack();
  event.type = "security.unheard";
  Pack pack = TestPack();
  pack.rules = {RuleBy({"corridor"})};
  pack.rules[0].selections[0].types = {"security.*"};
  EXPECT_EQ(KeysOf(pack, Attack()).size(), 1u);
  EXPECT_THAT(KeysOf(pack, event), IsEmpty()) << "not in the taxonomy";
}

TEST(KeysTest, NearNeedsAPointThatIsSureEnough) {
  Rule rule = RuleBy({"corridor"});
  rule.kind = RuleKind::kNear;
  rule.most_uncertainty_m = rule.radius_m = 1000;
  KeyedEvent event = Attack();
  EXPECT_THAT(KeysOf(rule, event), IsEmpty());
  event.point = Point{1, 1};
  event.uncertainty_m = 1000;
  EXPECT_EQ(KeysOf(rule, event).size(), 1u);
  event.uncertainty_m = 1000.5;
  EXPECT_THAT(KeysOf(rule, event), IsEmpty());
}

TEST(KeysTest, StatusAndExerciseSeparate) {
  KeyedEvent other = Attack();
  other.exercise_id = "ey";
  KeyedEvent actual = Attack();
  actual.status = Status::kActual;
  const Rule rule = RuleBy({"corridor"});
  EXPECT_NE(KeysOf(rule, Attack()), KeysOf(rule, other));
  EXPECT_NE(KeysOf(rule, Attack()), KeysOf(rule, actual));
  EXPECT_NE(PartitionText(KeysOf(rule, Attack())[0]), PartitionText(KeysOf(rule, other)[0]));
}

TEST(KeysTest, MalformedKeysAreErrors) {
  const CorrelationKey good = KeysOf(RuleBy({"corridor"}), Attack())[0];
  EXPECT_TRUE(ParseKey(good).ok());
  for (size_t length = 0; length < good.value.size(); ++length) {
    EXPECT_FALSE(ParseKey({good.spec, good.value.substr(0, length)}).ok()) << length;
  }
  EXPECT_FALSE(ParseKey({"", good.value}).ok());
  EXPECT_FALSE(ParseKey({"corridor+feed", good.value}).ok());
  EXPECT_FALSE(ParseKey({good.spec, good.value + "00"}).ok());
  EXPECT_FALSE(ParseKey({good.spec, "zz"}).ok());
  EXPECT_FALSE(ParseKey({good.spec, "8000000000000009" + good.value.substr(16)}).ok());
}

Rule OverCells(std::vector<std::string> group_by) {
  Rule rule = RuleBy(std::move(group_by));
  rule.kind = RuleKind::kNear;
  rule.cell_level = 9;
  return rule;
}

TEST(CellKeysTest, AnEventIsInItsCellsAndOnceMatchedInOneKeyOfTheRule) {
  KeyedEvent event = Attack();
  const Rule rule = OverCells({"actor"});
  EXPECT_THAT(KeysOf(rule, event), IsEmpty()) << "nobody has said which cells";
  event.cells = {{4, {"x"}}, {9, {"home", "beside"}}};
  const std::vector<CorrelationKey> keys = KeysOf(rule, event);
  EXPECT_EQ(keys.size(), 4u);
  int at_home = 0;
  for (const CorrelationKey& key : keys) {
    EXPECT_EQ(key.spec, "cell:9+actor");
    EXPECT_TRUE(IsOfCells(key));
    const KeyParts parts = *ParseKey(key);
    ASSERT_EQ(parts.fields.size(), 2u);
    EXPECT_EQ(parts.fields[0].first, "cell");
    EXPECT_EQ(parts.fields[1].first, "actor");
    EXPECT_EQ(IsAtHome(key, parts, event), parts.fields[0].second == "home");
    at_home += IsAtHome(key, parts, event);
  }
  EXPECT_EQ(at_home, 2);
  const std::vector<CorrelationKey> matched = KeysOfMatched(rule, event);
  ASSERT_EQ(matched.size(), 2u);
  EXPECT_EQ(matched[0].spec, "of:r+actor");
  EXPECT_FALSE(IsOfCells(matched[0]));
  EXPECT_EQ(Fields(matched)[0],
            (std::vector<std::pair<std::string, std::string>>{{"actor", "police"}}));
}

TEST(CellKeysTest, WithoutOtherFieldsThereIsOneKeyForTheWholeWorld) {
  KeyedEvent event = Attack();
  event.cells = {{9, {"home"}}};
  const Rule rule = OverCells({});
  EXPECT_EQ(rule.CellSpec(), "cell:9");
  EXPECT_EQ(rule.KeySpec(), "of:r");
  const std::vector<CorrelationKey> matched = KeysOfMatched(rule, event);
  ASSERT_EQ(matched.size(), 1u);
  EXPECT_THAT(Fields(matched)[0], IsEmpty());
  EXPECT_THAT(KeysOf(rule, event), SizeIs(1));
  EXPECT_FALSE(IsAtHome(matched[0], *ParseKey(matched[0]), event));
  // Another world.
  event.exercise_id = "other";
  EXPECT_NE(KeysOfMatched(rule, event), matched);
  event.late = true;
  EXPECT_THAT(KeysOfMatched(rule, event), IsEmpty());
  EXPECT_THAT(KeysOfMatched(RuleBy({"actor"}), Attack()), IsEmpty());
}

TEST(MatchesTest, EachPartMustHold) {
  Selection selection;
  selection.types = {"security.*"};
  selection.natures = {Nature::kObserved};
  EXPECT_TRUE(Matches(selection, Attack(), nullptr));
  const auto with = [&](auto change) {
    Selection changed = selection;
    change(changed);
    return Matches(changed, Attack(), nullptr);
  };
  EXPECT_FALSE(with([](Selection& s) { s.types = {"security"}; }));
  EXPECT_FALSE(with([](Selection& s) { s.natures = {Nature::kExpected}; }));
  EXPECT_FALSE(with([](Selection& s) { s.missions = {MissionId("south")}; }));
  EXPECT_FALSE(with([](Selection& s) { s.where = {{"weapon", "rifle"}}; }));
  EXPECT_FALSE(with([](Selection& s) { s.min.killed = 1; }));
  EXPECT_TRUE(with([](Selection& s) { s.min.killed = 0; }));
}

}  // namespace
}  // namespace tocsin
