// A rule changes in the middle of a random history: another rule of the same id, of another kind or
// with other keys, a rule in place of another, or the same patterns told otherwise. What stands in
// the end and has not expired is what the twin says of the new rule and the whole history; nothing
// ends while its rule backfills; a restart after every step gives the same bytes.
#include <absl/strings/str_join.h>
#include <gtest/gtest.h>

#include "change_run.h"
#include "lib/rules/pack_testing.h"

namespace tocsin::property {
namespace {

constexpr Kind kKinds[] = {Kind::kEventCount, Kind::kValueCount,      Kind::kNear,
                           Kind::kAbsence,    Kind::kSchedule,        Kind::kDivergence,
                           Kind::kTemporal,   Kind::kTemporalOrdered, Kind::kSurge,
                           Kind::kMovement};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// There it is about memory, and slow; so few of them need not end with a warning that is open.
constexpr int kChangesOfAKind = 60;
constexpr int kLeastWarnings = 0;
#else
constexpr int kChangesOfAKind = 700;
constexpr int kLeastWarnings = 17;
#endif

// Few rules that are made at random contradict themselves.
bool Holds(const TwinRule& rule) {
  return ParsePack(DocumentsOf(rule, "rule", 1), TestMissions()).ok();
}

struct Case {
  RuleChange change;
  std::vector<Op> ops;
};

Case RandomCase(Kind kind, uint64_t seed) {
  Random random(seed);
  Case one;
  one.change.after = RandomRule(kind, random);
  one.ops = RandomHistory(kind, random);
  one.change.at = static_cast<size_t>(random.Below(static_cast<int64_t>(one.ops.size())));
  one.change.same_id = !random.OneIn(4);
  const int64_t how = random.Below(3);
  if (how == 0) {
    one.change.before = RandomRule(kKinds[random.Below(std::ssize(kKinds))], random);
  } else if (how == 1) {
    one.change.before = RandomRule(kind, random);
  } else {
    one.change.before = one.change.after;
    one.change.before.address = {"all"};
    // A divergence has to begin with two values.
    if (kind != Kind::kDivergence) {
      for (auto& [severity, count] : one.change.before.severities) ++count;
    }
  }
  return Holds(one.change.before) && Holds(one.change.after) ? one : RandomCase(kind, ~seed);
}

std::string Report(const Case& one, uint64_t seed, const std::vector<Op>& ops) {
  const Engine::Outcome outcome = RunChange(one.change, ops, seed, false);
  std::string text = "before:\n" + ToYaml(one.change.before) + "after:\n" +
                     ToYaml(one.change.after) + "history, changed before step " +
                     std::to_string(one.change.at) + ":\n";
  for (const Op& op : ops) text += "  " + Describe(op) + "\n";
  return text + "problem: " + outcome.problem + "\nengine:\n  " +
         absl::StrJoin(outcome.engine, "\n  ") + "\ntwin:\n  " +
         absl::StrJoin(outcome.twin, "\n  ");
}

// Leaves out steps after the change for as long as it still fails: the change stays where it is.
std::vector<Op> Shrink(const Case& one, uint64_t seed) {
  std::vector<Op> ops = one.ops;
  for (bool again = true; again;) {
    again = false;
    for (size_t i = one.change.at; i + 1 < ops.size(); ++i) {
      std::vector<Op> fewer = ops;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (RunChange(one.change, fewer, seed, false).same()) continue;
      ops = std::move(fewer);
      again = true;
      break;
    }
  }
  return ops;
}

class ChangeTest : public ::testing::TestWithParam<Kind> {};

TEST_P(ChangeTest, WhatStandsIsWhatTheNewRuleSaysOfTheWholeHistory) {
  int64_t warnings = 0;
  for (int i = 0; i < kChangesOfAKind; ++i) {
    const uint64_t seed =
        500'000'000 + static_cast<uint64_t>(GetParam()) * 1'000'000 + static_cast<uint64_t>(i);
    const Case one = RandomCase(GetParam(), seed);
    const Engine::Outcome outcome = RunChange(one.change, one.ops, seed, false);
    warnings += std::ssize(outcome.twin);
    if (!outcome.same()) {
      FAIL() << "seed " << seed << "\n" << Report(one, seed, Shrink(one, seed));
    }
  }
  EXPECT_GE(warnings, kLeastWarnings);
}

TEST_P(ChangeTest, RestartAfterEveryStepGivesTheSameBytes) {
  for (uint64_t i = 0; i < 30; ++i) {
    const uint64_t seed = 900'000'000 + static_cast<uint64_t>(GetParam()) * 1'000'000 + i;
    const Case one = RandomCase(GetParam(), seed);
    EXPECT_EQ(RunChange(one.change, one.ops, seed, false).effects,
              RunChange(one.change, one.ops, seed, true).effects)
        << "seed " << seed;
  }
}

std::string NameOf(const ::testing::TestParamInfo<Kind>& kind) {
  const char* const names[] = {"EventCount", "ValueCount", "Near",     "Absence",
                               "Schedule",   "Divergence", "Temporal", "TemporalOrdered",
                               "Surge",      "Movement"};
  return names[static_cast<int>(kind.param)];
}

INSTANTIATE_TEST_SUITE_P(Kinds, ChangeTest, ::testing::ValuesIn(kKinds), NameOf);

}  // namespace
}  // namespace tocsin::property
