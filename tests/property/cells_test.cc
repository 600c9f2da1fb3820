// near over cells against the brute force of its meaning: the same near everywhere at once. Random
// reports around the places where cells meet, corrections that move them, withdrawals, repetitions
// and restarts, with what is told between partitions arriving whenever it may; and rules that
// change in the middle.
#include <gtest/gtest.h>

#include "cells_world.h"
#include "lib/rules/pack_testing.h"
#include "report.h"

namespace tocsin::property {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kHistoriesOfARule = 20;  // there it is about memory, and slow
constexpr int kChanges = 60;
#else
constexpr int kHistoriesOfARule = 210;
constexpr int kChanges = 1000;
#endif
constexpr int kRules = 50;

TEST(CellsProperty, StandingContentIsThatOfNearEverywhere) {
  int64_t warnings = 0, told = 0;
  for (int r = 0; r < kRules; ++r) {
    Random of_rule(static_cast<uint64_t>(r));
    const TwinRule rule = RandomCellRule(of_rule);
    constexpr int32_t kPartitions[] = {1, 3, 4, 32};
    CellsWorld world(rule, kPartitions[r % 4]);
    for (int h = 0; h < kHistoriesOfARule; ++h) {
      const uint64_t seed = static_cast<uint64_t>(r) * 1000 + static_cast<uint64_t>(h);
      Random random(seed);
      const std::vector<Op> ops = RandomCellHistory(rule, random);
      const Engine::Outcome outcome = world.Run(ops, seed);
      warnings += std::ssize(outcome.twin);
      told += world.told();
      if (outcome.same()) continue;
      FAIL() << "seed " << seed << "\n"
             << Report("rule:\n" + ToYaml(rule), ops, 0,
                       [&](const std::vector<Op>& fewer) { return world.Run(fewer, seed); });
    }
  }
  EXPECT_GT(warnings, kRules * kHistoriesOfARule / 10);
  EXPECT_GT(told, warnings);
}

TEST(CellsProperty, AChangeOfRulesEndsAsIfTheNewOneHadAlwaysBeenThere) {
  int64_t warnings = 0;
  for (int i = 0; i < kChanges; ++i) {
    const uint64_t seed = 7'000'000 + static_cast<uint64_t>(i);
    Random random(seed);
    const TwinRule after = RandomCellRule(random);
    TwinRule before = random.OneIn(2) ? RandomCellRule(random) : after;
    if (random.OneIn(4))
      before = RandomRule(random.OneIn(2) ? Kind::kNear : Kind::kEventCount, random);
    before.lifetime_minutes = random.Between(1, 90);
    if (!ParsePack(DocumentsOf(before, "rule", 1), TestMissions()).ok()) continue;
    const std::vector<Op> ops = RandomCellHistory(after, random);
    const auto at = static_cast<size_t>(random.Below(std::ssize(ops)));
    CellsWorld world(before, random.OneIn(2) ? 1 : 4);
    const Engine::Outcome outcome = world.Run(ops, seed, &after, at);
    warnings += std::ssize(outcome.twin);
    if (outcome.same()) continue;
    FAIL() << "seed " << seed << ", changed before step " << at << "\n"
           << Report(
                  "before:\n" + ToYaml(before) + "after:\n" + ToYaml(after), ops, at,
                  [&](const std::vector<Op>& fewer) { return world.Run(fewer, seed, &after, at); });
  }
  EXPECT_GE(warnings, kChanges / 40);
}

TEST(CellsProperty, RestartsChangeNothingThatIsWritten) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const TwinRule rule = RandomCellRule(random);
    CellsWorld world(rule, 3);
    const std::vector<Op> ops = RandomCellHistory(rule, random);
    const std::string effects = world.Run(ops, seed).effects;
    world.RestartAlways();
    EXPECT_TRUE(world.Run(ops, seed).effects == effects) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tocsin::property
