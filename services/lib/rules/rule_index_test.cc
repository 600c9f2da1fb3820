#include "lib/rules/rule_index.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Selection Of(std::vector<std::string> types, Attributes where = {}) {
  Selection selection;
  selection.types = std::move(types);
  selection.natures = {Nature::kObserved};
  selection.where = std::move(where);
  return selection;
}

struct World {
  Pack pack;
  std::vector<Rule> rules;

  RuleIndex Index() const {
    std::vector<const Rule*> pointers;
    for (const Rule& rule : rules) pointers.push_back(&rule);
    return {pack, pointers};
  }
};

World Example() {
  World world;
  for (const char* type : {"security.attack", "security.sighting", "access.route"}) {
    world.pack.types[type].name = type;
  }
  world.rules.resize(5);
  world.rules[0].selections = {Of({"security.*"})};
  world.rules[1].selections = {Of({"access.route"}, {{"state", "closed"}}),
                               Of({"access.route"}, {{"state", "open"}})};
  world.rules[2].selections = {Of({"security.attack"}),
                               Of({"access.route"}, {{"state", "closed"}})};
  world.rules[3].kind = RuleKind::kComposite;
  world.rules[3].selections.resize(1);
  world.rules[3].selections[0].rules = {RuleId("a"), RuleId("b")};
  world.rules[4].selections = {Of({"access.route"})};
  return world;
}

TEST(RuleIndexTest, FindsRulesByTypeAndByTheFirstAttributeThatTheyAskFor) {
  const World world = Example();
  const RuleIndex index = world.Index();
  KeyedEvent event;
  event.type = "security.attack";
  EXPECT_THAT(index.MayWant(event), ElementsAre(0, 2));
  event.type = "security.sighting";
  EXPECT_THAT(index.MayWant(event), ElementsAre(0));
  event.type = "access.route";
  EXPECT_THAT(index.MayWant(event), ElementsAre(4));
  event.attributes["state"] = "closed";
  EXPECT_THAT(index.MayWant(event), ElementsAre(1, 2, 4));
  event.type = "access.unknown";
  EXPECT_THAT(index.MayWant(event), IsEmpty());
  event.warning.emplace().rule = RuleId("b");
  EXPECT_THAT(index.MayWant(event), ElementsAre(3));
  event.warning->rule = RuleId("c");
  EXPECT_THAT(index.MayWant(event), IsEmpty());
}

TEST(RuleIndexTest, NoRuleIsMissedWhateverTheSelections) {
  std::mt19937_64 random(7);
  const auto below = [&](uint64_t n) { return random() % n; };
  const std::vector<std::string> types = {"a.x", "a.y", "b.x", "b.y"};
  for (int round = 0; round < 200; ++round) {
    World world;
    for (const std::string& type : types) world.pack.types[type].name = type;
    world.rules.resize(30);
    const auto attributes = [&] {
      Attributes some;
      for (uint64_t i = below(3); i > 0; --i) {
        some[std::string(1, static_cast<char>('p' + below(2)))] = std::to_string(below(3));
      }
      return some;
    };
    for (Rule& rule : world.rules) {
      for (uint64_t i = below(3); i > 0; --i) {
        std::vector<std::string> wanted = {below(4) == 0 ? "a.*" : types[below(4)]};
        rule.selections.push_back(Of(std::move(wanted), attributes()));
      }
    }
    const RuleIndex index = world.Index();
    KeyedEvent event;
    event.nature = Nature::kObserved;
    event.type = types[below(4)];
    event.attributes = attributes();
    const std::vector<size_t> found = index.MayWant(event);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
    for (size_t i = 0; i < world.rules.size(); ++i) {
      const std::vector<Selection>& selections = world.rules[i].selections;
      if (std::none_of(selections.begin(), selections.end(),
                       [&](const Selection& one) { return Matches(one, event, nullptr); })) {
        continue;
      }
      EXPECT_TRUE(std::binary_search(found.begin(), found.end(), i)) << "rule " << i;
    }
  }
}

}  // namespace
}  // namespace tocsin
