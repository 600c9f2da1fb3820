// One partition that two router tasks write to (docs/decisions/0025): whose time passes when, and
// when rules take effect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Silent(const std::string& every = "10m") {
  return RuleDocument("silent",
                      "kind: absence\ngroup_by: [feed]\n"
                      "selections: {beat: {types: [feed.heartbeat]}}\n"
                      "condition: {every: " +
                          every + ", severity: minor}\naddress: originators\nlifetime: 30m\n");
}

Document Counts(const std::string& id, int32_t at_least = 2) {
  return RuleDocument(id,
                      "kind: event_count\ngroup_by: [corridor]\n"
                      "selections: {attack: {types: [security.attack]}}\n"
                      "condition: {window: 10m, severities: {minor: " +
                          std::to_string(at_least) + "}}\naddress: all\nlifetime: 20d\n");
}

// Rests on warnings of `counts`.
Document RestsOnCounts() {
  return RuleDocument("rests", R"(kind: composite
group_by: [corridor]
selections: {a: {rules: [counts]}, b: {rules: [counts]}}
condition: {within: 20m, all_of: [a, b], severity: extreme}
address: all
lifetime: 60m
)");
}

KeyedEvent Beat(const std::string& id, int64_t minute) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = "feed.heartbeat";
  event.attributes["feed"] = "mast-1";
  return event;
}

// Router task i reads partition i of both topics.
class TwoRouters {
 public:
  TwoRouters(std::vector<Document> rules, int64_t rules_offset = 5) {
    for (int32_t router = 0; router < 2; ++router) Change(router, rules, rules_offset);
  }

  CorrelatorEffects Step(const KeyedRecord& record) {
    Restart();  // all that counts lies in the state
    CorrelatorEffects effects;
    status_ = correlator_->Step(record, state_, effects);
    return effects;
  }
  const absl::Status& status() const { return status_; }

  CorrelatorEffects Change(int32_t router, const std::vector<Document>& rules, int64_t rules_offset,
                           const std::vector<std::string>& backfilling = {},
                           const std::vector<std::string>& throttled = {}) {
    Control control = ControlOf(rules);
    for (const std::string& rule : backfilling) control.backfilling.emplace_back(rule);
    for (const std::string& rule : throttled) control.throttled.emplace_back(rule);
    control.router = {router, 2};
    control.rules_offset = rules_offset;
    digests_[router] = control.activation.digest;
    return Good(control);
  }
  CorrelatorEffects Done(int32_t router, const std::string& rule) {
    return Good(BackfillDone{digests_[router], {RuleId(rule)}, {router, 2}});
  }
  std::vector<Warning> File(int32_t router, KeyedEvent event, const std::vector<Document>& rules,
                            bool backfill = false) {
    event.router = router;
    const auto pack = ParsePack(ControlOf(rules).documents, TestMissions());
    return Good(Insert{KeysOf(*pack, event), event, backfill}).warnings;
  }
  static Tick TickOf(int32_t router, int64_t minute, bool beat = false,
                     SourceStatus status = SourceStatus::kAtEnd) {
    Tick tick;
    tick.clock = AtMinute(minute);
    tick.margin = std::chrono::minutes(1);
    for (const char* topic : {"mission.north.sensors.v1", "mission.north.sitreps.v1"}) {
      tick.sources.push_back({{topic, router}, 1, kTestStart, status, kUnknownTime});
    }
    tick.beat = beat;
    tick.number = beat ? minute : 0;
    tick.router = {router, 2};
    return tick;
  }
  CorrelatorEffects TimeIs(int32_t router, int64_t minute, bool beat = false,
                           SourceStatus status = SourceStatus::kAtEnd) {
    return Good(TickOf(router, minute, beat, status));
  }

 private:
  void Restart() {
    correlator_ = std::make_unique<Correlator>(0, 4);
    ASSERT_TRUE(correlator_->Load(state_).ok());
  }
  CorrelatorEffects Good(const KeyedRecord& record) {
    CorrelatorEffects effects = Step(record);
    EXPECT_TRUE(status_.ok()) << status_;
    return effects;
  }

  MemoryState state_;
  std::unique_ptr<Correlator> correlator_;
  std::string digests_[2];
  absl::Status status_;
};

TEST(RoutersTest, NothingIsEvaluatedBeforeEveryRouterWasHeard) {
  TwoRouters two({Silent()});
  two.File(0, Beat("a", 0), {Silent()});
  const CorrelatorEffects alone = two.TimeIs(0, 100, true);
  EXPECT_THAT(alone.warnings, IsEmpty());
  ASSERT_TRUE(alone.evaluated);
  EXPECT_EQ(alone.evaluated->evaluated_up_to, kUnknownTime);
  EXPECT_THAT(alone.evaluated->tick.sources, IsEmpty());
  EXPECT_EQ(alone.evaluated->tick.clock, AtMinute(100));

  const CorrelatorEffects both = two.TimeIs(1, 90);
  ASSERT_THAT(both.warnings, SizeIs(1));
  EXPECT_EQ(both.warnings[0].content.absence_state, "silent");
}

TEST(RoutersTest, ARouterThatHasReadNothingYetWasNotHeard) {
  TwoRouters two({Silent()});
  two.File(0, Beat("a", 0), {Silent()});
  two.TimeIs(0, 100);
  Tick empty = TwoRouters::TickOf(1, 100);
  empty.sources.clear();
  EXPECT_THAT(two.Step(empty).warnings, IsEmpty());
  EXPECT_THAT(two.TimeIs(1, 100).warnings, SizeIs(1));
}

// Its sources were at their end when it was last heard: the clock of the other one says nothing of
// what has come to them since.
TEST(RoutersTest, WhileARouterIsAwayNoTimePassesForItsSources) {
  TwoRouters two({Silent()});
  two.File(1, Beat("a", 0), {Silent()});
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  const CorrelatorEffects away = two.TimeIs(0, 500, true);
  EXPECT_THAT(away.warnings, IsEmpty()) << "what the other router would read may be a heartbeat";
  ASSERT_TRUE(away.evaluated);
  EXPECT_EQ(away.evaluated->evaluated_up_to, AtMinute(4)) << "its clock, less the margin";
  EXPECT_EQ(away.evaluated->tick.clock, AtMinute(500));
  ASSERT_THAT(away.evaluated->tick.sources, SizeIs(4));
  EXPECT_EQ(EvaluatedUpTo(away.evaluated->tick), AtMinute(4)) << "and so for every reader of it";

  two.File(1, Beat("b", 499), {Silent()});
  EXPECT_THAT(two.TimeIs(1, 500).warnings, IsEmpty()) << "the gap has an end";
  EXPECT_THAT(two.TimeIs(0, 511).warnings, IsEmpty());
  const auto silent = two.TimeIs(1, 511).warnings;
  ASSERT_THAT(silent, SizeIs(1)) << "now its own router has read beyond the deadline";
  EXPECT_EQ(silent[0].content.absence_state, "silent");
}

TEST(RoutersTest, AnUnknownSourceHasTheClockOfItsRouter) {
  TwoRouters two({Silent()});
  two.File(1, Beat("a", 0), {Silent()});
  two.TimeIs(0, 5);
  two.TimeIs(1, 5, false, SourceStatus::kUnknown);
  EXPECT_THAT(two.TimeIs(0, 500).warnings, IsEmpty());
  const auto fired = two.TimeIs(1, 500, false, SourceStatus::kUnknown).warnings;
  ASSERT_THAT(fired, SizeIs(1));
  EXPECT_EQ(fired[0].content.absence_state, "unknown");
}

TEST(RoutersTest, OnlyBeatsOfTheFirstAreAnswered) {
  TwoRouters two({Silent()});
  two.TimeIs(0, 5);
  EXPECT_FALSE(two.TimeIs(1, 6, true).evaluated);
  const auto answered = two.TimeIs(0, 7, true).evaluated;
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->tick.number, 7);
  EXPECT_EQ(answered->tick.router, RouterTask());
}

TEST(RoutersTest, WhatIsReadAgainIsToldOfAll) {
  TwoRouters two({Silent()});
  Tick other = TwoRouters::TickOf(1, 6, true);
  other.again = {{{"mission.north.sitreps.v1", 1}, 3, 9}};
  two.Step(other);
  two.TimeIs(1, 7);
  Tick first = TwoRouters::TickOf(0, 7, true);
  first.again = {{{"mission.north.sitreps.v1", 0}, 4, 8}};
  const auto told = two.Step(first).evaluated;
  ASSERT_TRUE(told);
  EXPECT_THAT(told->tick.again, ElementsAre(AgainPosition{{"mission.north.sitreps.v1", 0}, 4, 8},
                                            AgainPosition{{"mission.north.sitreps.v1", 1}, 3, 9}));
}

TEST(RoutersTest, AnotherNumberOfRoutersIsRefused) {
  TwoRouters two({Silent()});
  for (const RouterTask& task : {RouterTask{0, 3}, RouterTask{0, 1}}) {
    Tick tick = TwoRouters::TickOf(0, 5);
    tick.router = task;
    two.Step(tick);
    EXPECT_TRUE(absl::IsFailedPrecondition(two.status())) << two.status();
    EXPECT_THAT(std::string(two.status().message()), HasSubstr("router_tasks"));
  }
  Bench one({Silent()});
  CorrelatorEffects effects;
  EXPECT_TRUE(absl::IsFailedPrecondition(
      one.correlator().Step(TwoRouters::TickOf(1, 5), one.state(), effects)));
}

TEST(RoutersTest, TheFirstCopyOfAChangeCountsAndNoneTakesItBack) {
  const std::vector<Document> before = {Counts("counts", 2)};
  const std::vector<Document> after = {Counts("counts", 1)};
  const std::vector<Document> last = {Counts("counts", 3)};
  TwoRouters two(before);
  EXPECT_EQ(two.Change(0, after, 10).counts["controls_applied"], 1);
  EXPECT_EQ(two.Change(0, last, 11).counts["controls_applied"], 1);
  EXPECT_EQ(two.Change(1, after, 10).counts["controls_repeated"], 1) << "it is behind";
  two.TimeIs(0, 1, true);
  const auto evaluated = two.TimeIs(0, 2, true).evaluated;
  ASSERT_TRUE(evaluated);
  EXPECT_EQ(evaluated->rules_digest, ControlOf(last).activation.digest);
  EXPECT_EQ(two.Change(1, last, 11).counts["controls_repeated"], 1);
  // Back to what was in effect before: a change like any other.
  EXPECT_EQ(two.Change(1, after, 12).counts["controls_applied"], 1);
  EXPECT_EQ(two.Change(0, after, 12).counts["controls_repeated"], 1);
}

TEST(RoutersTest, ABackfillEndsWhenAllRoutersAreDone) {
  const std::vector<Document> before = {Silent()};
  const std::vector<Document> after = {Silent(), Counts("counts")};
  TwoRouters two(before);
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  const auto backfilling = [&] { return two.TimeIs(0, 6, true).evaluated->backfilling; };
  two.Change(0, after, 10, {"counts"});
  two.File(0, AttackAt("a", 1), after, true);
  two.Done(0, "counts");
  EXPECT_THAT(backfilling(), ElementsAre(RuleId("counts"))) << "the other has not begun";
  two.Change(1, after, 10, {"counts"});
  EXPECT_THAT(backfilling(), ElementsAre(RuleId("counts")));
  two.File(1, AttackAt("b", 2), after, true);
  two.Done(1, "counts");
  EXPECT_THAT(backfilling(), IsEmpty());
  EXPECT_THAT(two.TimeIs(0, 8, true).evaluated->reconciling, IsEmpty());
}

TEST(RoutersTest, ABackfillFoundInTheCopiesOfBoth) {
  const std::vector<Document> before = {Silent()};
  const std::vector<Document> after = {Silent(), Counts("counts")};
  TwoRouters two(before);
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  two.Change(1, after, 10, {"counts"});
  EXPECT_THAT(two.File(1, AttackAt("b", 2), after, true), IsEmpty());
  two.Done(1, "counts");
  two.Change(0, after, 10, {"counts"});
  EXPECT_THAT(two.File(0, AttackAt("a", 1), after, true), IsEmpty());
  two.Done(0, "counts");
  const auto found = two.TimeIs(1, 6).warnings;
  ASSERT_THAT(found, SizeIs(1)) << "with the next tick, whichever router's";
  EXPECT_THAT(EvidenceIds(found[0]), ElementsAre("a", "b"));
  EXPECT_TRUE(found[0].found_by_backfill);
}

// One router finishes a backfill of the rules before while the other is at the next ones already.
TEST(RoutersTest, ARouterThatIsBehindFinishesWhatItReadsForTheRulesBefore) {
  const std::vector<Document> first = {Silent()};
  const std::vector<Document> second = {Silent(), Counts("one")};
  const std::vector<Document> third = {Silent(), Counts("one"), Counts("two", 3)};
  TwoRouters two(first);
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  const auto backfilling = [&] { return two.TimeIs(0, 6, true).evaluated->backfilling; };
  two.Change(0, second, 10, {"one"});
  two.Done(0, "one");
  two.Change(0, third, 11, {"two"});
  EXPECT_THAT(backfilling(), ElementsAre(RuleId("one"), RuleId("two")));
  two.Change(1, second, 10, {"one"});
  two.Done(1, "one");
  EXPECT_THAT(backfilling(), ElementsAre(RuleId("two"))) << "which the other has not come to";
  two.Done(0, "two");
  EXPECT_THAT(backfilling(), ElementsAre(RuleId("two")));
  two.Change(1, third, 11, {"two"});
  EXPECT_THAT(backfilling(), ElementsAre(RuleId("two")));
  two.Done(1, "two");
  EXPECT_THAT(backfilling(), IsEmpty());
}

TEST(RoutersTest, DoneForRulesThatItsRouterHasNotToldIsRefused) {
  TwoRouters two({Silent()});
  two.Step(BackfillDone{"of others", {RuleId("silent")}, {1, 2}});
  EXPECT_TRUE(absl::IsInvalidArgument(two.status())) << two.status();
}

// A composite that is new is told what stands: by way of router tasks that must have it already.
TEST(RoutersTest, NothingIsReconciledBeforeAllHaveTheRules) {
  const std::vector<Document> before = {Silent(), Counts("counts", 1)};
  const std::vector<Document> after = {Silent(), Counts("counts", 1), RestsOnCounts()};
  TwoRouters two(before);
  EXPECT_THAT(two.File(0, AttackAt("a", 1), before), SizeIs(1));
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  two.Change(0, after, 10);
  const CorrelatorEffects early = two.TimeIs(0, 6, true);
  EXPECT_THAT(early.matches, IsEmpty());
  EXPECT_FALSE(early.evaluated->reconciling.empty());
  EXPECT_FALSE(early.found) << "something is still to be found";
  two.Change(1, after, 10);
  EXPECT_THAT(two.TimeIs(1, 6).matches, SizeIs(1));
  EXPECT_THAT(two.TimeIs(0, 7, true).evaluated->reconciling, IsEmpty());
}

// Keyed for the rules before, after the first copy of the change: specs that no rule has any more
// are passed over, others are events as any.
TEST(RoutersTest, CopiesForTheRulesBeforeAreHarmless) {
  const std::vector<Document> before = {Silent(), Counts("counts")};
  const std::vector<Document> after = {Counts("counts")};
  TwoRouters two(before);
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  two.Change(0, after, 10);
  EXPECT_THAT(two.File(1, Beat("h", 3), before), IsEmpty());
  EXPECT_THAT(two.File(0, AttackAt("a", 1), after), IsEmpty());
  EXPECT_THAT(two.File(1, AttackAt("b", 2), before), SizeIs(1));
  two.Change(1, after, 10);
  two.TimeIs(0, 100);
  EXPECT_THAT(two.TimeIs(1, 100).warnings, IsEmpty());
}

TEST(RoutersTest, AThrottledRuleStaysSoThroughALaterChangeByAnyRouter) {
  const std::vector<Document> before = {Silent(), Counts("counts")};
  const std::vector<Document> after = {Silent(), Counts("counts"), Counts("more", 3)};
  TwoRouters two(before);
  two.TimeIs(0, 5);
  two.TimeIs(1, 5);
  const auto throttled = [&] { return two.TimeIs(0, 6, true).evaluated->throttled; };
  two.Change(1, before, 8, {}, {"counts"});
  EXPECT_THAT(throttled(), ElementsAre(RuleId("counts"))) << "whichever router is first";
  two.Change(1, after, 9, {"more"}, {"counts"});
  EXPECT_THAT(throttled(), ElementsAre(RuleId("counts")));
  two.Change(0, before, 8, {}, {"counts"});
  two.Change(0, after, 9, {"more"}, {"counts"});
  EXPECT_THAT(throttled(), ElementsAre(RuleId("counts")));
  // Whoever changes the rule has it tried again, and no late copy of the throttle stops that.
  const std::vector<Document> changed = {Silent(), Counts("counts", 4), Counts("more", 3)};
  two.Change(0, changed, 12);
  EXPECT_THAT(throttled(), IsEmpty());
  two.Change(1, after, 11, {}, {"counts"});
  EXPECT_THAT(throttled(), IsEmpty());
}

TEST(RoutersTest, WhatHasComeBackIsTheLeastUnderTheRulesInEffect) {
  const std::vector<Document> rules = {Counts("counts"), RestsOnCounts()};
  TwoRouters two(rules);
  const auto tick = [](int32_t router, int64_t minute, int64_t beat) {
    Tick one = TwoRouters::TickOf(router, minute, true);
    one.found = {{beat, AtMinute(beat)}};
    return one;
  };
  EXPECT_THAT(two.Step(tick(0, 5, 4)).evaluated->tick.found, ElementsAre(FoundUpTo()));
  two.Step(tick(1, 5, 3));
  const CorrelatorEffects both = two.Step(tick(0, 6, 5));
  EXPECT_THAT(both.evaluated->tick.found, ElementsAre(FoundUpTo{3, AtMinute(3)}));
  ASSERT_TRUE(both.found);
  EXPECT_THAT(both.found->up_to, ElementsAre(FoundUpTo{6, AtMinute(4)}));
  EXPECT_FALSE(two.Step(tick(1, 6, 5)).found) << "of beats of the first only";

  // Under other rules all have to say it again.
  const std::vector<Document> other = {Counts("counts", 3), RestsOnCounts()};
  two.Change(0, other, 20);
  EXPECT_THAT(two.Step(tick(0, 7, 6)).evaluated->tick.found, ElementsAre(FoundUpTo()));
  two.Change(1, other, 20);
  EXPECT_THAT(two.Step(tick(0, 8, 7)).evaluated->tick.found, ElementsAre(FoundUpTo()))
      << "what it said last was of the rules before";
  two.Step(tick(1, 8, 7));
  EXPECT_THAT(two.Step(tick(0, 9, 8)).evaluated->tick.found,
              ElementsAre(FoundUpTo{7, AtMinute(7)}));
}

TEST(RoutersTest, AnEventOfNoRouterIsRefused) {
  TwoRouters two({Counts("counts")});
  KeyedEvent event = AttackAt("a", 1);
  event.router = 2;
  const auto pack = ParsePack(ControlOf({Counts("counts")}).documents, TestMissions());
  two.Step(Insert{KeysOf(*pack, event), event});
  EXPECT_TRUE(absl::IsInvalidArgument(two.status())) << two.status();
}

}  // namespace
}  // namespace tocsin
