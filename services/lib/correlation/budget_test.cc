// A rule that costs too much rests; the others go on. docs/decisions/0016.
#include "lib/correlation/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Three reports of as many missions: here all are from north, so that no search ever succeeds.
Document Explodes(const std::string& within = "10d") {
  return RuleDocument("explodes",
                      "kind: temporal\ngroup_by: [corridor]\nselections:\n"
                      "  a: {types: [security.attack]}\n"
                      "  b: {types: [security.attack]}\n"
                      "  c: {types: [security.attack]}\n"
                      "condition: {steps: [a, b, c], within: " +
                          within + ", differ: [mission], severity: severe}\naddress: all\n");
}

Document Counts() {
  return RuleDocument("counts", R"(kind: event_count
group_by: [area]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {minor: 2}}
address: all
lifetime: 20d
)");
}

TEST(BudgetTest, IsExhaustedOnlyByMoreThanThereWas) {
  Budget budget(2);
  EXPECT_TRUE(budget.Spend(2));
  EXPECT_FALSE(budget.exhausted());
  EXPECT_FALSE(budget.Spend(1));
  EXPECT_TRUE(budget.exhausted());
}

// Every attack is tried with every other.
Document Pairs(const std::string& within = "10d") {
  return RuleDocument("pairs",
                      "kind: temporal\ngroup_by: [corridor]\nselections:\n"
                      "  a: {types: [security.attack]}\n"
                      "  b: {types: [security.attack]}\n"
                      "condition: {steps: [a, b], within: " +
                          within +
                          ", differ: [mission], severity: severe}\naddress: all\nlifetime: 20d\n");
}

// One of another mission, so that all of them match.
KeyedEvent OfSouth(const std::string& id, int64_t minute) {
  KeyedEvent event = AttackAt(id, minute);
  event.identity.mission = MissionId("south");
  return event;
}

class Throttling : public testing::Test {
 protected:
  // Tells so many attacks; the rules that were throttled on the way.
  std::vector<RuleId> Attack(Bench& bench, int64_t from, int64_t to) {
    const Pack pack = *ParsePack(ControlOf({Counts(), Explodes()}).documents, TestMissions());
    std::vector<RuleId> throttled;
    for (int64_t i = from; i < to; ++i) {
      const KeyedEvent event = AttackAt("e" + std::to_string(i), i);
      const CorrelatorEffects effects = bench.Step(Insert{KeysOf(pack, event), event});
      throttled.insert(throttled.end(), effects.throttled.begin(), effects.throttled.end());
      last_ = effects.warnings;
    }
    return throttled;
  }

  std::vector<Warning> last_;
};

TEST_F(Throttling, TheRuleThatOverdrawsRestsAndTheOthersGoOn) {
  Bench bench({Counts(), Explodes()});
  EXPECT_THAT(Attack(bench, 0, 400), ElementsAre(RuleId("explodes")));
  ASSERT_THAT(last_, SizeIs(1));
  EXPECT_EQ(last_[0].content.rule_id, RuleId("counts"));
  EXPECT_THAT(last_[0].content.evidence, SizeIs(400));
}

TEST_F(Throttling, ARestartChangesNothing) {
  Bench bench({Counts(), Explodes()});
  Bench other({Counts(), Explodes()});
  EXPECT_THAT(Attack(bench, 0, 60), IsEmpty());
  EXPECT_THAT(Attack(other, 0, 30), IsEmpty());
  ASSERT_TRUE(other.correlator().Load(other.state()).ok());
  Attack(other, 30, 60);
  EXPECT_EQ(bench.state().entries(), other.state().entries());
  EXPECT_THAT(Attack(bench, 60, 400), SizeIs(1));
  ASSERT_TRUE(bench.correlator().Load(bench.state()).ok());
  EXPECT_THAT(Attack(bench, 400, 410), IsEmpty()) << "it rests already";
}

TEST_F(Throttling, AControlRecordThrottlesInEveryPartition) {
  Bench bench({Counts(), Explodes("2m")});
  Control control = ControlOf({Counts(), Explodes("2m")});
  control.throttled = {RuleId("explodes")};
  bench.Step(control);
  Tick beat = Bench::TickAt(1);
  beat.beat = true;
  const CorrelatorEffects effects = bench.Step(beat);
  ASSERT_TRUE(effects.evaluated.has_value());
  EXPECT_THAT(effects.evaluated->throttled, ElementsAre(RuleId("explodes")));
}

TEST_F(Throttling, AnotherVersionWakesIt) {
  Bench bench({Counts(), Explodes()});
  ASSERT_THAT(Attack(bench, 0, 400), SizeIs(1));
  // Two steps of two missions, within minutes: what was kept is worked out.
  const Document cheap = RuleDocument("explodes", R"(kind: temporal
group_by: [corridor]
selections: {a: {types: [security.attack]}, b: {types: [security.attack]}}
condition: {steps: [a, b], within: 2m, severity: severe}
address: all
lifetime: 20d
)");
  bench.Change({Counts(), cheap});
  const std::vector<Warning> found = bench.TimeIs(401);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].content.rule_id, RuleId("explodes"));
  EXPECT_THAT(found[0].content.evidence, SizeIs(400));
}

TEST(BudgetTest, AKeyIsWorthWhatItsEventsAre) {
  EXPECT_EQ(Budget::ForKey(0).left(), Budget::kMost);
  EXPECT_EQ(Budget::ForKey(7).left(), Budget::kMost + 7 * Budget::kForEvent);
  EXPECT_EQ(Budget::ForKey(1'000'000'000'000).left(), Budget::kMostForKey);
}

// How many units a search of so many attacks takes is what the account alone would not have paid.
constexpr int64_t kDense = 2'600;

std::vector<KeyedEvent> OneAMinute(int64_t attacks) {
  std::vector<KeyedEvent> events;
  for (int64_t i = 0; i < attacks; ++i) events.push_back(AttackAt("e" + std::to_string(i), i));
  return events;
}

class Reconciling : public testing::Test {
 protected:
  // `rules` take the place of `counts`, and attacks, one a minute, are read again for them.
  void ReadAgain(Bench& bench, const std::vector<Document>& rules,
                 const std::vector<std::string>& names, const std::vector<KeyedEvent>& attacks) {
    bench.Change(rules, names);
    for (const KeyedEvent& attack : attacks) EXPECT_THAT(bench.ReadAgain(attack), IsEmpty());
    for (const std::string& name : names) bench.Done(name);
  }
  static bool HasEntries(Bench& bench, char letter) {
    const auto& entries = bench.state().entries();
    const auto it = entries.lower_bound(std::string(1, letter));
    return it != entries.end() && it->first[0] == letter;
  }
};

TEST_F(Reconciling, ADenseKeyHasABudgetOfItsOwn) {
  Bench bench({Counts()});
  ReadAgain(bench, {Counts(), Pairs()}, {"pairs"}, OneAMinute(kDense));
  // So much is a portion of its own: the rule is done with the next.
  EXPECT_THAT(bench.Step(Bench::TickAt(kDense)).throttled, IsEmpty());
  const CorrelatorEffects effects = bench.Step(Bench::TickAt(kDense + 1));
  EXPECT_THAT(effects.throttled, IsEmpty());
  EXPECT_EQ(effects.counts.at("rules_reconciled"), 1);
  EXPECT_FALSE(HasEntries(bench, 'u')) << "its account is untouched";
}

TEST_F(Reconciling, AnEventThatComesBeforeTheTurnOfADenseKeyReconcilesItOnce) {
  Bench bench({Counts()});
  ReadAgain(bench, {Counts(), Pairs()}, {"pairs"}, OneAMinute(kDense));
  const KeyedEvent first = OfSouth("s1", 6 * 1440);
  const KeyedEvent second = OfSouth("s2", 6 * 1440 + 1);
  const Pack pack = *ParsePack(ControlOf({Counts(), Pairs()}).documents, TestMissions());
  CorrelatorEffects effects = bench.Step(Insert{KeysOf(pack, first), first});
  EXPECT_THAT(effects.throttled, IsEmpty());
  ASSERT_THAT(effects.warnings, SizeIs(1));
  EXPECT_THAT(effects.warnings[0].content.evidence, SizeIs(kDense + 1));
  EXPECT_TRUE(HasEntries(bench, 'y'));
  // From here on an event is one like any other, and such a key is too much for its account.
  effects = bench.Step(Insert{KeysOf(pack, second), second});
  EXPECT_THAT(effects.throttled, ElementsAre(RuleId("pairs")));
  EXPECT_FALSE(HasEntries(bench, 'y'));
}

TEST_F(Reconciling, WhatIsTooMuchEvenForAKeyIsThrottledAndNamedAndNoOther) {
  // Of two missions only: the third is looked for in vain, for every two.
  std::vector<KeyedEvent> attacks = OneAMinute(500);
  for (size_t i = 0; i < attacks.size(); i += 2) attacks[i].identity.mission = MissionId("south");
  // Its turn comes next, and it has no key.
  const Document nowhere = RuleDocument("nowhere", R"(kind: event_count
group_by: [actor]
selections: {flow: {types: [displacement.flow]}}
condition: {window: 10m, severities: {minor: 2}}
address: all
)");
  Bench bench({Counts()});
  ReadAgain(bench, {Counts(), Explodes(), nowhere}, {"explodes", "nowhere"}, attacks);
  CorrelatorEffects effects = bench.Step(Bench::TickAt(500));
  EXPECT_THAT(effects.throttled, ElementsAre(RuleId("explodes")));
  EXPECT_EQ(effects.counts["rules_throttled"], 1);
  EXPECT_THAT(effects.warnings, IsEmpty());
  effects = bench.Step(Bench::TickAt(501));
  EXPECT_THAT(effects.throttled, IsEmpty());
  EXPECT_EQ(effects.counts["rules_reconciled"], 1);
}

}  // namespace
}  // namespace tocsin
