// Several router tasks end as one (docs/decisions/0025): the same histories, routed by one, two and
// three of them that read at their own pace, one of them away for as long as the history lasts, and
// rules that take effect at another point of each. What stands in the end is what the twin says of
// the whole, whatever their number.
#include <gtest/gtest.h>

#include "cells_world.h"
#include "lib/rules/pack_testing.h"
#include "report.h"

namespace tocsin::property {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kRules = 4;  // there it is about memory, and slow
constexpr int kChanges = 30;
#else
constexpr int kRules = 12;
constexpr int kChanges = 300;
#endif
constexpr int kHistoriesOfARule = 40;

class RoutersProperty : public testing::TestWithParam<Kind> {};

TEST_P(RoutersProperty, StandingContentDoesNotDependOnTheirNumber) {
  const Kind kind = GetParam();
  int64_t warnings = 0;
  for (int r = 0; r < kRules; ++r) {
    Random of_rule(static_cast<uint64_t>(kind) * 1000 + static_cast<uint64_t>(r));
    const TwinRule rule = kind == Kind::kNear ? RandomCellRule(of_rule) : RandomRule(kind, of_rule);
    for (const int32_t routers : {1, 2, 3}) {
      CellsWorld world(rule, r % 2 == 0 ? 3 : 1, routers);
      world.ObserveSources();
      for (int h = 0; h < kHistoriesOfARule; ++h) {
        const uint64_t seed = static_cast<uint64_t>(r) * 1000 + static_cast<uint64_t>(h);
        Random random(seed);
        const std::vector<Op> ops =
            kind == Kind::kNear ? RandomCellHistory(rule, random) : RandomHistory(kind, random);
        const Engine::Outcome outcome = world.Run(ops, seed);
        warnings += std::ssize(outcome.twin);
        if (outcome.same()) continue;
        FAIL() << "seed " << seed << ", " << routers << " router tasks\n"
               << Report("rule:\n" + ToYaml(rule), ops, 0,
                         [&](const std::vector<Op>& fewer) { return world.Run(fewer, seed); });
      }
    }
  }
  EXPECT_GT(warnings, kRules * kHistoriesOfARule / 10);
}

INSTANTIATE_TEST_SUITE_P(Kinds, RoutersProperty,
                         testing::Values(Kind::kEventCount, Kind::kNear, Kind::kAbsence,
                                         Kind::kTemporalOrdered),
                         [](const auto& one) {
                           return "Kind" + std::to_string(static_cast<int>(one.param));
                         });

TEST(RoutersPropertyOfCells, AChangeOfRulesEndsTheSameWhereverEachComesToIt) {
  int64_t warnings = 0;
  for (int i = 0; i < kChanges; ++i) {
    const uint64_t seed = 9'000'000 + static_cast<uint64_t>(i);
    Random random(seed);
    const TwinRule after = RandomCellRule(random);
    TwinRule before = random.OneIn(2) ? RandomCellRule(random) : after;
    if (random.OneIn(4)) {
      before = RandomRule(random.OneIn(2) ? Kind::kNear : Kind::kEventCount, random);
    }
    before.lifetime_minutes = random.Between(1, 90);
    if (!ParsePack(DocumentsOf(before, "rule", 1), TestMissions()).ok()) continue;
    const std::vector<Op> ops = RandomCellHistory(after, random);
    const auto at = static_cast<size_t>(random.Below(std::ssize(ops)));
    const auto routers = static_cast<int32_t>(random.Between(2, 3));
    CellsWorld world(before, random.OneIn(2) ? 1 : 4, routers);
    if (random.OneIn(2)) world.ObserveSources();
    const Engine::Outcome outcome = world.Run(ops, seed, &after, at);
    warnings += std::ssize(outcome.twin);
    if (outcome.same()) continue;
    FAIL() << "seed " << seed << ", " << routers << " router tasks, changed before step " << at
           << "\n"
           << Report(
                  "before:\n" + ToYaml(before) + "after:\n" + ToYaml(after), ops, at,
                  [&](const std::vector<Op>& fewer) { return world.Run(fewer, seed, &after, at); });
  }
  EXPECT_GE(warnings, kChanges / 40);
}

TEST(RoutersPropertyOfCells, RestartsChangeNothingThatIsWritten) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    const TwinRule rule = RandomCellRule(random);
    CellsWorld world(rule, 3, 2);
    const std::vector<Op> ops = RandomCellHistory(rule, random);
    const std::string effects = world.Run(ops, seed).effects;
    world.RestartAlways();
    EXPECT_TRUE(world.Run(ops, seed).effects == effects) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tocsin::property
