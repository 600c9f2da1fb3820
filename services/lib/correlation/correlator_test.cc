// Records, state and restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/canonical.h"
#include "lib/base/compact.h"
#include "lib/correlation/correlation_testing.h"
#include "lib/domain/codec.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Document Attacks(const std::string& count = "2") {
  return RuleDocument("attacks", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {moderate: )" +
                                     count + R"(}}
address: other_side
)");
}

absl::Status Try(Bench& bench, const KeyedRecord& record) {
  const auto before = bench.state().entries();
  CorrelatorEffects effects;
  absl::Status status = bench.correlator().Step(record, bench.state(), effects);
  if (!status.ok()) {
    EXPECT_EQ(bench.state().entries(), before);
    EXPECT_THAT(effects.warnings, IsEmpty());
    EXPECT_FALSE(effects.evaluated.has_value());
    EXPECT_THAT(effects.counts, IsEmpty());
  }
  return status;
}

TEST(ControlTest, CopiesOfTheRulesInEffectChangeNothing) {
  Bench bench({Attacks()});
  EXPECT_EQ(bench.correlator().rules_digest(), ControlOf({Attacks()}).activation.digest);
  const auto before = bench.state().entries();
  EXPECT_TRUE(Try(bench, ControlOf({Attacks()})).ok());
  EXPECT_EQ(bench.state().entries(), before);
  Control damaged = ControlOf({Attacks("3")});
  damaged.documents.pop_back();
  EXPECT_EQ(Try(bench, damaged).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ControlTest, BeforeItNothingCanBeMatched) {
  Correlator correlator(0, 1);
  MemoryState state;
  CorrelatorEffects effects;
  const Insert insert{{{"corridor", "00"}}, AttackAt("a", 0)};
  EXPECT_EQ(correlator.Step(insert, state, effects).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(correlator.Step(Bench::TickAt(5), state, effects).ok());
  EXPECT_EQ(correlator.rules_digest(), "");
}

TEST(LoadTest, RefusesStateOfAnotherFormatOrLaterSemantics) {
  Bench bench({Attacks()});
  for (const char* meta : {"format", "semantics"}) {
    MemoryState state = bench.state();
    CompactWriter out;
    out.Int64(std::string(meta) == "format" ? 99 : kCorrelatorStateFormat).Int64(99);
    state.Put("m", out.Take());
    Correlator correlator(0, 4);
    const absl::Status status = correlator.Load(state);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(), HasSubstr(meta));
  }
  MemoryState damaged = bench.state();
  damaged.Put("p", "nonsense");
  EXPECT_EQ(Correlator(0, 4).Load(damaged).code(), absl::StatusCode::kDataLoss);
}

TEST(LoadTest, GoesOnWhereTheStateIs) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  Correlator other(0, 4);
  ASSERT_TRUE(other.Load(bench.state()).ok());
  EXPECT_EQ(other.rules_digest(), bench.correlator().rules_digest());
  MemoryState copy = bench.state();
  CorrelatorEffects effects;
  const KeyedEvent next = AttackAt("b", 1);
  const auto keys = KeysOf(*ParsePack(ControlOf({Attacks()}).documents, TestMissions()), next);
  ASSERT_TRUE(other.Step(Insert{keys, next}, copy, effects).ok());
  const auto here = bench.File(next);
  ASSERT_THAT(here, SizeIs(1));
  ASSERT_THAT(effects.warnings, SizeIs(1));
  EXPECT_EQ(Encode(here[0]), Encode(effects.warnings[0]));
  EXPECT_EQ(copy.entries(), bench.state().entries());
}

TEST(RecordTest, BadOnesAreErrorsAndChangeNothing) {
  Bench bench({Attacks()});
  const auto keys =
      KeysOf(*ParsePack(ControlOf({Attacks()}).documents, TestMissions()), AttackAt("a", 0));
  const auto refused = [&](auto change, const char* field) {
    Insert insert{keys, AttackAt("a", 0)};
    change(insert);
    const absl::Status status = Try(bench, insert);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(field));
  };
  refused([](Insert& i) { i.keys.clear(); }, "insert.keys");
  refused([](Insert& i) { i.keys[0].value = "zz"; }, "key.value");
  refused([](Insert& i) { i.event.status = Status::kExercise; }, "insert.keys");
  refused([](Insert& i) { i.event.identity.id = EventId(); }, "identity");
  refused([](Insert& i) { i.event.revision = 0; }, "revision");
  refused([](Insert& i) { i.event.type.clear(); }, "type");
  refused([](Insert& i) { std::swap(i.event.observed.from, i.event.observed.to = AtMinute(9)); },
          "observed");
  refused([](Insert& i) { i.event.observed.to = kNever; }, "observed.to");
  refused([](Insert& i) { i.event.valid = Interval{Time::min(), kNever}; }, "valid.from");
  refused([](Insert& i) { i.event.accepted = kNever; }, "accepted");
  refused([](Insert& i) { i.event.point = Point{std::nan(""), 0}; }, "point");
  refused([](Insert& i) { i.event.point = Point{0, 181}; }, "point");
  refused([](Insert& i) { i.event.uncertainty_m = -1; }, "uncertainty_m");
  refused([](Insert& i) { i.event.uncertainty_m = std::nan(""); }, "uncertainty_m");
  EXPECT_EQ(Try(bench, Withdraw{}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Try(bench, Tick{kNever, {}, {}, false}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Try(bench, Tick{AtMinute(0), Duration(-1), {}, false}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Try(bench, Control{}).code(), absl::StatusCode::kInvalidArgument);
}

TEST(RecordTest, KeysThatNoRuleHasAreLeftAlone) {
  Bench bench({Attacks()});
  Rule by_area;
  by_area.group_by = {"area"};
  by_area.window = std::chrono::hours(1);
  by_area.selections = {{"s", {"security.*"}, {Nature::kObserved}, {}, {}, {}, {}, {}}};
  const auto keys = KeysOf(by_area, AttackAt("a", 0));
  ASSERT_THAT(keys, SizeIs(1));
  bench.Step(Insert{keys, AttackAt("a", 0)});
  EXPECT_THAT(bench.Step(Insert{keys, AttackAt("b", 0)}).warnings, IsEmpty());
}

TEST(TickTest, BeatSaysHowFarAllIsEvaluated) {
  Bench bench({Attacks()});
  Tick tick = Bench::TickAt(30);
  EXPECT_FALSE(bench.Step(tick).evaluated.has_value());
  tick.beat = true;
  tick.margin = std::chrono::minutes(2);
  tick.sources[0].status = SourceStatus::kBehind;
  tick.sources[0].last_accepted = AtMinute(7);
  const auto evaluated = bench.Step(tick).evaluated;
  ASSERT_TRUE(evaluated.has_value());
  EXPECT_EQ(evaluated->evaluated_up_to, AtMinute(7));
  EXPECT_EQ(evaluated->tick, tick);
  EXPECT_EQ(evaluated->rules_digest, bench.correlator().rules_digest());
  EXPECT_EQ(evaluated->semantics_version, CorrelatorSemanticsVersion());
}

// Attacks may be 60 days late and lie in windows of 10 minutes.
TEST(CleanupTest, RemovesWhatNothingCanNeedAndKeepsTheRest) {
  Bench bench({Attacks()});
  const auto size = [&] { return bench.state().entries().size(); };
  const size_t empty = size();
  constexpr int64_t kDay = int64_t{24} * 60;
  bench.File(AttackAt("lone", 0));
  bench.File(AttackAt("a", 100));
  ASSERT_THAT(bench.File(AttackAt("b", 105)), SizeIs(1));
  ASSERT_THAT(bench.TimeIs(59 * kDay), SizeIs(1)) << "expires";
  bench.File(AttackAt("young", 60 * kDay));
  const size_t full = size();
  bench.TimeIs(60 * kDay);
  EXPECT_EQ(size(), full);
  bench.TimeIs(62 * kDay);
  EXPECT_LT(size(), full);
  EXPECT_THAT(bench.TakeBack("a", 2), IsEmpty()) << "no longer held";
  EXPECT_THAT(bench.File(AttackAt("next", 60 * kDay + 5)), SizeIs(1)) << "young is there";
  for (int64_t day = 63; day < 200; ++day) bench.TimeIs(day * kDay);
  EXPECT_LE(size(), empty + 2) << "counters and the tick remain";
}

TEST(CleanupTest, ASourceThatCannotBeReadHoldsIt) {
  Bench bench({Attacks()});
  bench.File(AttackAt("a", 0));
  const size_t full = bench.state().entries().size();
  Tick tick = Bench::TickAt(int64_t{24} * 60 * 100);
  tick.sources[1].status = SourceStatus::kUnknown;
  tick.sources[1].last_accepted = AtMinute(5);
  bench.Step(tick);
  EXPECT_GE(bench.state().entries().size(), full) << "its reports will still come";
}

}  // namespace
}  // namespace tocsin
