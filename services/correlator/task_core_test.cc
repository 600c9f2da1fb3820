// The correlator in bytes: what comes from fusion.keyed.v1 and what goes to fusion.warnings.v1.
#include "correlator/task_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr int32_t kWarningsPartitions = 3;

class CorrelatorTaskCoreTest : public ::testing::Test {
 protected:
  CorrelatorTaskCoreTest() {
    const Control control = ControlOf({RuleDocument("attacks", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {moderate: 2}}
address: other_side
)")});
    pack_ = *ParsePack(control.documents, TestMissions());
    EXPECT_THAT(Step(control).records, IsEmpty());
  }

  TaskEffects Step(const KeyedRecord& record) {
    TaskEffects effects;
    const absl::Status status =
        core_.Step(Input(SerializeDeterministic(ToProto(record))), state_, effects);
    EXPECT_TRUE(status.ok()) << status;
    return effects;
  }
  TaskEffects File(const KeyedEvent& event) { return Step(Insert{KeysOf(pack_, event), event}); }
  InputRecord Input(std::string value) {
    InputRecord record;
    record.source = {"fusion.keyed.v1", 1};
    record.offset = offset_++;
    record.value = std::move(value);
    return record;
  }

  Pack pack_;
  MemoryState state_;
  int64_t offset_ = 0;
  CorrelatorTaskCore core_{"correlator-1", 1, 4, {.warnings = kWarningsPartitions, .matches = 1}};
};

TEST_F(CorrelatorTaskCoreTest, AWarningGoesToThePartitionOfItsId) {
  EXPECT_THAT(File(AttackAt("a", 0)).records, IsEmpty());
  const TaskEffects effects = File(AttackAt("b", 1));
  ASSERT_THAT(effects.records, SizeIs(1));
  const OutputRecord& record = effects.records[0];
  v1::WarningsRecord proto;
  ASSERT_TRUE(proto.ParseFromString(record.value));
  const auto warning = FromProto(proto.warning());
  ASSERT_TRUE(warning.ok()) << warning.status();
  EXPECT_EQ(warning->number, 2) << "of partition 1";
  EXPECT_EQ(record.key, warning->id.str());
  EXPECT_EQ(record.target,
            (SourceId{"fusion.warnings.v1", PartitionOf(record.key, kWarningsPartitions)}));
  EXPECT_THAT(record.headers, Contains(Pair("ce_id", warning->id.str() + "/1")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_type", "tocsin.warning.v1")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_source", "/correlator-1")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_subject", warning->id.str())));
  EXPECT_THAT(record.headers, Contains(Pair("ce_specversion", "1.0")));
  EXPECT_THAT(record.headers, Contains(Pair("content-type", "application/protobuf")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_correlationid", warning->id.str())));
  EXPECT_THAT(record.headers, Contains(Pair("ce_causationid", "north/b/1")));
  EXPECT_EQ(effects.counts.at("warnings_new"), 1);
}

TEST_F(CorrelatorTaskCoreTest, EvaluatedGoesToEveryPartition) {
  Tick tick = Bench::TickAt(30);
  tick.beat = true;
  const TaskEffects effects = Step(tick);
  ASSERT_THAT(effects.records, SizeIs(kWarningsPartitions));
  for (int32_t partition = 0; partition < kWarningsPartitions; ++partition) {
    const OutputRecord& record = effects.records[static_cast<size_t>(partition)];
    EXPECT_EQ(record.target, (SourceId{"fusion.warnings.v1", partition}));
    EXPECT_EQ(record.key, "evaluated/1");
    v1::WarningsRecord proto;
    ASSERT_TRUE(proto.ParseFromString(record.value));
    EXPECT_EQ(proto.evaluated().keyed_partition(), 1);
    EXPECT_EQ(proto.evaluated().evaluated_up_to_us(), ToMicros(AtMinute(30)));
  }
}

// Cells tell of events, whose router tasks keep them; all router tasks are told how far this is.
TEST(CorrelatorOfSeveralRouters, WhatIsFoundGoesToTheRouterThatKeepsIt) {
  Control control = ControlOf({RuleDocument("near", R"(kind: near
group_by: [cell]
selections:
  seen: {types: [security.sighting]}
  sensed: {types: [sensor.thermal]}
condition: {within: 10m, radius_km: 12, all_of: [seen, sensed], severity: severe}
address: originators
lifetime: 30m
)")});
  control.router = {0, 2};
  control.rules_offset = 4;
  const auto pack = ParsePack(control.documents, TestMissions());
  ASSERT_TRUE(pack.ok()) << pack.status();
  MemoryState state;
  int64_t offset = 0;
  const auto step = [&](CorrelatorTaskCore& core, const KeyedRecord& record, TaskEffects& effects) {
    InputRecord input;
    input.source = {"fusion.keyed.v1", 3};
    input.offset = offset++;
    input.value = SerializeDeterministic(ToProto(record));
    return core.Step(input, state, effects);
  };
  CorrelatorTaskCore core("correlator-3", 3, 4, {.warnings = 1, .matches = 5});
  TaskEffects effects;
  ASSERT_TRUE(step(core, control, effects).ok());
  const Rule& rule = pack->rules.at(0);
  for (const int32_t router : {0, 1}) {
    KeyedEvent event = AttackAt(router == 0 ? "a" : "b", router);
    event.type = router == 0 ? "security.sighting" : "sensor.thermal";
    event.corridors.clear();
    event.router = router;
    event.point = Point{.latitude = 10, .longitude = 45};
    event.cells = {{*rule.cell_level, {"101"}}};
    ASSERT_TRUE(step(core, Insert{KeysOf(rule, event), event}, effects).ok());
  }
  std::map<int32_t, std::vector<std::string>> told;
  for (const OutputRecord& record : effects.records) {
    EXPECT_EQ(record.target.topic, "fusion.matches.v1");
    told[record.target.partition].push_back(record.key);
  }
  // Of five partitions the first router task reads 0, 2 and 4, the second 1 and 3; by 3, of keyed.
  EXPECT_THAT(told, testing::ElementsAre(Pair(0, testing::ElementsAre("north/a")),
                                         Pair(3, testing::ElementsAre("north/b"))));
  effects = {};
  for (const int32_t router : {1, 0}) {
    Tick tick = Bench::TickAt(30);
    for (SourceTime& source : tick.sources) source.source.partition = router;
    tick.beat = true;
    tick.number = 1;
    tick.router = {router, 2};
    ASSERT_TRUE(step(core, tick, effects).ok());
  }
  std::vector<int32_t> marks;
  for (const OutputRecord& record : effects.records) {
    if (record.key == "found/3") marks.push_back(record.target.partition);
  }
  EXPECT_THAT(marks, testing::ElementsAre(0, 3));

  CorrelatorTaskCore few("correlator-3", 3, 4, {.warnings = 1, .matches = 1});
  ASSERT_TRUE(few.Load(state).ok());
  Tick tick = Bench::TickAt(31);
  tick.router = {0, 2};
  EXPECT_TRUE(absl::IsFailedPrecondition(step(few, tick, effects)));
}

TEST_F(CorrelatorTaskCoreTest, ForeignBytesAreDeadLettersAndChangeNothing) {
  const std::string good = SerializeDeterministic(
      ToProto(KeyedRecord(Insert{KeysOf(pack_, AttackAt("a", 0)), AttackAt("a", 0)})));
  const auto before = state_.entries();
  std::vector<std::string> values = {"", "not protobuf at all", std::string(1000, '\xff')};
  for (size_t length = 0; length < good.size(); ++length) values.push_back(good.substr(0, length));
  for (const std::string& value : values) {
    TaskEffects effects;
    EXPECT_EQ(core_.Step(Input(value), state_, effects).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(state_.entries(), before);
    EXPECT_THAT(effects.records, IsEmpty());
    EXPECT_THAT(effects.counts, IsEmpty());
  }
  InputRecord tombstone = Input("");
  tombstone.tombstone = true;
  TaskEffects effects;
  EXPECT_EQ(core_.Step(tombstone, state_, effects).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CorrelatorTaskCoreTest, WhatARuleSelectsGoesBackBesideTheWarning) {
  const auto counting = [](const std::string& id, const std::string& type) {
    return RuleDocument(id, "kind: event_count\ngroup_by: [corridor]\nselections: {one: {types: [" +
                                type +
                                "]}}\ncondition: {window: 10m, severities: {minor: 1}}\n"
                                "address: all\n");
  };
  const Control control =
      ControlOf({counting("attacks", "security.attack"), counting("flows", "displacement.flow"),
                 RuleDocument("both", R"(kind: composite
group_by: [corridor]
selections: {a: {rules: [attacks]}, b: {rules: [flows]}}
condition: {within: 1d, all_of: [a, b], severity: severe}
address: all
)")});
  CorrelatorTaskCore core("correlator-1", 1, 4, {.warnings = kWarningsPartitions, .matches = 2});
  MemoryState state;
  const auto step = [&](const KeyedRecord& record) {
    TaskEffects effects;
    const absl::Status status =
        core.Step(Input(SerializeDeterministic(ToProto(record))), state, effects);
    EXPECT_TRUE(status.ok()) << status;
    return effects;
  };
  step(control);
  const KeyedEvent attack = AttackAt("a", 0);
  const TaskEffects effects =
      step(Insert{KeysOf(*ParsePack(control.documents, TestMissions()), attack), attack});
  ASSERT_THAT(effects.records, SizeIs(2)) << "in one transaction";
  const OutputRecord& record = effects.records[1];
  v1::MatchRecord proto;
  ASSERT_TRUE(proto.ParseFromString(record.value));
  const auto either = FromProto(proto);
  ASSERT_TRUE(either.ok()) << either.status();
  const Match* const match = std::get_if<Match>(&*either);
  ASSERT_NE(match, nullptr);
  EXPECT_EQ(record.key, effects.records[0].key) << "the warning's id";
  EXPECT_EQ(record.target, (SourceId{"fusion.matches.v1", 1})) << "whatever its key";
  EXPECT_EQ(match->event.identity, IdentityOf(WarningId(record.key)));
  EXPECT_EQ(match->event.type, "warning.attacks");
  EXPECT_EQ(match->event.warning->number, 2);
  EXPECT_FALSE(match->withdrawn);
  EXPECT_THAT(record.headers, Contains(Pair("ce_id", record.key + "/1")));
  EXPECT_THAT(record.headers, Contains(Pair("ce_type", "tocsin.match.v1")));
}

TEST_F(CorrelatorTaskCoreTest, WhatIsInAMatchOfARuleOverCellsGoesBackAsItCame) {
  const Control control = ControlOf({RuleDocument("close", R"(kind: near
group_by: [cell]
selections: {a: {types: [security.attack]}, b: {types: [security.sighting]}}
condition: {within: 1d, radius_km: 10, all_of: [a, b], severity: severe}
address: all
)")});
  const Pack pack = *ParsePack(control.documents, TestMissions());
  CorrelatorTaskCore core("correlator-1", 1, 4, {.warnings = kWarningsPartitions, .matches = 2});
  MemoryState state;
  TaskEffects effects;
  const auto step = [&](const KeyedRecord& record) {
    effects = {};
    const absl::Status status =
        core.Step(Input(SerializeDeterministic(ToProto(record))), state, effects);
    EXPECT_TRUE(status.ok()) << status;
  };
  step(control);
  KeyedEvent event = AttackAt("a", 0);
  event.point = Point{1, 2};
  event.cells = {{*pack.rules.front().cell_level, {"home", "beside"}}};
  step(Insert{KeysOf(pack, event), event});
  event.identity.id = EventId("b");
  event.type = "security.sighting";
  step(Insert{KeysOf(pack, event), event});
  ASSERT_THAT(effects.records, SizeIs(2));
  const OutputRecord& record = effects.records[1];
  v1::MatchRecord proto;
  ASSERT_TRUE(proto.ParseFromString(record.value));
  const auto either = FromProto(proto);
  ASSERT_TRUE(either.ok()) << either.status();
  const Match* const match = std::get_if<Match>(&*either);
  ASSERT_NE(match, nullptr);
  EXPECT_EQ(match->event, event);
  EXPECT_EQ(match->told_by, RuleId("close"));
  EXPECT_EQ(record.key, "north/b");
  EXPECT_EQ(record.target, (SourceId{"fusion.matches.v1", 1})) << "whatever its key";
  EXPECT_THAT(record.headers, Contains(Pair("ce_id", "north/b/1/close")));
}

TEST_F(CorrelatorTaskCoreTest, GoesOnAfterARestart) {
  File(AttackAt("a", 0));
  CorrelatorTaskCore other("correlator-1", 1, 4, {.warnings = kWarningsPartitions, .matches = 1});
  ASSERT_TRUE(other.Load(state_).ok());
  MemoryState copy = state_;
  TaskEffects effects;
  const KeyedEvent next = AttackAt("b", 1);
  ASSERT_TRUE(other
                  .Step(Input(SerializeDeterministic(
                            ToProto(KeyedRecord(Insert{KeysOf(pack_, next), next})))),
                        copy, effects)
                  .ok());
  const TaskEffects here = File(next);
  ASSERT_THAT(effects.records, SizeIs(1));
  EXPECT_EQ(effects.records[0].value, here.records.at(0).value);
}

}  // namespace
}  // namespace tocsin
