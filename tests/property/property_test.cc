// Random histories of each kind: shuffled arrival, duplicates, corrections that move events between
// keys, withdrawals, ticks, restarts on a copied state. What stands in the end is what the twin
// says of the whole history. A failure prints its seed and the smallest history that still fails.
#include <absl/strings/str_join.h>
#include <gtest/gtest.h>

#include "cases.h"
#include "run.h"

namespace tocsin::property {
namespace {

constexpr int kRules = 50;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kHistoriesOfARule = 20;  // there it is about memory, and slow
#else
constexpr int kHistoriesOfARule = 210;  // 10,500 of each kind
#endif

// Leaves out steps for as long as the history still fails.
std::vector<Op> Shrink(std::vector<Op> ops,
                       const std::function<bool(const std::vector<Op>&)>& fails) {
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i + 1 < ops.size(); ++i) {  // the last tick stays
      std::vector<Op> fewer = ops;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (!fails(fewer)) continue;
      ops = std::move(fewer);
      again = true;
      break;
    }
  }
  return ops;
}

std::string Report(const TwinRule& rule, Engine& engine, const std::vector<Op>& ops) {
  std::string text = "rule:\n" + ToYaml(rule) + "history:\n";
  for (const Op& op : ops) text += "  " + Describe(op) + "\n";
  const Engine::Outcome outcome = engine.Run(ops, false);
  return text + "problem: " + outcome.problem + "\nengine:\n  " +
         absl::StrJoin(outcome.engine, "\n  ") + "\ntwin:\n  " +
         absl::StrJoin(outcome.twin, "\n  ");
}

class PropertyTest : public ::testing::TestWithParam<Kind> {};

TEST_P(PropertyTest, StandingContentIsTheTwins) {
  const auto kind = GetParam();
  int64_t warnings = 0;
  for (int r = 0; r < kRules; ++r) {
    const uint64_t rule_seed = static_cast<uint64_t>(kind) * 1'000'000 + static_cast<uint64_t>(r);
    Random rule_random(rule_seed);
    const TwinRule rule = RandomRule(kind, rule_random);
    Engine engine(rule);
    for (int h = 0; h < kHistoriesOfARule; ++h) {
      const uint64_t seed = rule_seed * 1000 + static_cast<uint64_t>(h);
      Random random(seed);
      const std::vector<Op> ops = RandomHistory(kind, random);
      const Engine::Outcome outcome = engine.Run(ops, false);
      warnings += static_cast<int64_t>(outcome.twin.size());
      if (outcome.same()) continue;
      const std::vector<Op> least = Shrink(
          ops, [&](const std::vector<Op>& fewer) { return !engine.Run(fewer, false).same(); });
      FAIL() << "seed " << seed << "\n" << Report(rule, engine, least);
    }
  }
  // The histories must be about something.
  EXPECT_GT(warnings, kRules * kHistoriesOfARule / 20);
}

TEST_P(PropertyTest, RestartAfterEveryStepGivesTheSameBytes) {
  const auto kind = GetParam();
  for (int r = 0; r < 12; ++r) {
    const uint64_t seed =
        77'000'000 + static_cast<uint64_t>(kind) * 1000 + static_cast<uint64_t>(r);
    Random random(seed);
    const TwinRule rule = RandomRule(kind, random);
    Engine engine(rule);
    for (int h = 0; h < 5; ++h) {
      const std::vector<Op> ops = RandomHistory(kind, random);
      EXPECT_EQ(engine.Run(ops, false).effects, engine.Run(ops, true).effects) << "seed " << seed;
    }
  }
}

std::string NameOf(const ::testing::TestParamInfo<Kind>& kind) {
  const char* const names[] = {"EventCount", "ValueCount", "Near",     "Absence",
                               "Schedule",   "Divergence", "Temporal", "TemporalOrdered",
                               "Surge",      "Movement",   "Composite"};
  return names[static_cast<int>(kind.param)];
}

INSTANTIATE_TEST_SUITE_P(Kinds, PropertyTest,
                         ::testing::Values(Kind::kEventCount, Kind::kValueCount, Kind::kNear,
                                           Kind::kAbsence, Kind::kSchedule, Kind::kDivergence,
                                           Kind::kTemporal, Kind::kTemporalOrdered, Kind::kSurge,
                                           Kind::kMovement, Kind::kComposite),
                         NameOf);

}  // namespace
}  // namespace tocsin::property
