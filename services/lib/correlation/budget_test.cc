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

}  // namespace
}  // namespace tocsin
