// The core in bytes: the shipped rules on real places, bad records, observations, and nothing that
// must stay at home in anything that is written.
#include "router/task_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/geo/place_index.h"
#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"
#include "lib/publication/publication_testing.h"
#include "lib/rules/keys.h"
#include "lib/wire/wire.h"
#include "router/publisher.h"

namespace tocsin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int32_t kPartitions = 4;
const std::vector<MissionId> kLive = {MissionId("minurcat"), MissionId("unamid")};
const SourceId kSitreps = {"mission.minurcat.sitreps.v1", 0};
const SourceId kSensors = {"mission.minurcat.sensors.v1", 1};
const Time kMarch = Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 4));

Event Attack(const std::string& id, const Point& point) {
  Event event;
  event.identity = {MissionId("minurcat"), EventId(id)};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kActual;
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.observed = {kMarch, kMarch + std::chrono::hours(1)};
  event.accepted = kMarch + std::chrono::hours(2);
  event.place.name = "SECRET-PLACE";
  event.place.point = point;
  event.actors = {{.name = "Justice and Equality Movement", .register_id = "", .role = "p"},
                  {.name = "SECRET-PERSON", .register_id = "SECRET-REGISTER", .role = "reporter"}};
  event.source.kind = "person";
  event.source.protected_id = "SECRET-SOURCE";
  event.source.how_obtained = "SECRET-HOW";
  event.texts = {{.language = "en", .text = "SECRET-TEXT"}};
  event.references = {"SECRET-REFERENCE"};
  event.revision_reason = "SECRET-REASON";
  event.attributes = {{"weapon", "SECRET-WEAPON"}, {"undeclared", "SECRET-ATTRIBUTE"}};
  event.flags = {"SECRET-FLAG"};
  event.label.originator = MissionId("minurcat");
  return event;
}

class TaskCoreTest : public testing::Test {
 protected:
  explicit TaskCoreTest(ClockMode clock = ClockMode::kWall) {
    core_ = std::make_unique<RouterTaskCore>(
        RouterCoreOptions{.task = "router-0",
                          .router = {.keyed_partitions = kPartitions,
                                     .clock = clock,
                                     .margin = std::chrono::seconds(60)},
                          .inputs = {{kRulesTopic, 0}, kSitreps, kSensors}},
        MakeS2PlaceIndex, [this] { return now_; });
    EXPECT_TRUE(core_->Load(state_).ok());
    const absl::StatusOr<PackToPublish> pack = ReadPack("rules", kLive);
    EXPECT_TRUE(pack.ok()) << pack.status();
    if (pack.ok()) pack_ = *pack;
  }

  absl::Status Feed(const SourceId& source, const std::string& value, bool tombstone = false) {
    InputRecord record;
    record.source = source;
    record.offset = offsets_[source]++;
    record.value = value;
    record.tombstone = tombstone;
    effects_ = {};
    const absl::Status status = core_->Step(record, state_, effects_);
    if (absl::IsInvalidArgument(status)) core_->Skip(source, record.offset, state_);
    return status;
  }
  absl::Status Feed(const Event& event) {
    return Feed(kSitreps, SerializeDeterministic(ToProto(event)));
  }
  void FeedRules() { FeedRules(pack_); }
  void FeedRules(const PackToPublish& pack) {
    FeedDocuments(pack);
    FeedRecord(RecordsOf(pack, "router").back().value);
  }
  void FeedDocuments(const PackToPublish& pack) {
    std::vector<OutputRecord> records = RecordsOf(pack, "router");
    records.pop_back();
    for (const OutputRecord& record : records) FeedRecord(record.value);
  }
  void FeedRecord(const std::string& value) {
    const absl::Status status = Feed({kRulesTopic, 0}, value);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Observe(const std::vector<SourceObservation>& sources, bool beat) {
    effects_ = {};
    const absl::Status status =
        core_->Observe(core_->EncodeObservation(sources, beat), state_, effects_);
    ASSERT_TRUE(status.ok()) << status;
  }
  v1::Tick CloseWithTick() {
    effects_ = {};
    EXPECT_TRUE(core_->Close(state_, effects_).ok());
    EXPECT_EQ(effects_.records.size(), static_cast<size_t>(kPartitions));
    return effects_.records.empty() ? v1::Tick() : Decode(0).tick();
  }
  v1::KeyedRecord Decode(size_t i) const {
    v1::KeyedRecord proto;
    EXPECT_TRUE(proto.ParseFromString(effects_.records.at(i).value));
    return proto;
  }

  MemoryState state_;
  Time now_ = kMarch + std::chrono::days(1);
  std::unique_ptr<RouterTaskCore> core_;
  PackToPublish pack_;
  TaskEffects effects_;
  std::map<SourceId, int64_t> offsets_;
};

TEST_F(TaskCoreTest, TheShippedRulesBecomeAControlRecordForEveryPartition) {
  FeedRules();
  ASSERT_EQ(effects_.records.size(), static_cast<size_t>(kPartitions));
  for (int32_t p = 0; p < kPartitions; ++p) {
    EXPECT_EQ(effects_.records[p].target, (SourceId{kKeyedTopic, p}));
    const v1::Control control = Decode(p).control();
    EXPECT_EQ(control.activation().digest(), pack_.activation.digest);
    EXPECT_EQ(control.documents_size(), static_cast<int>(pack_.documents.size()));
  }
  EXPECT_EQ(core_->router().rules_digest(), pack_.activation.digest);
}

TEST_F(TaskCoreTest, WhatAnotherRouterTaskRoutesMovesAScenariosTimeAlone) {
  const SourceId other = {"mission.minurcat.sitreps.v1", 1};
  RouterTaskCore core({.task = "router-0",
                       .router = {.keyed_partitions = kPartitions,
                                  .clock = ClockMode::kScenario,
                                  .margin = std::chrono::seconds(60),
                                  .task = {0, 2}},
                       .inputs = {{kRulesTopic, 0}, kSitreps}},
                      MakeS2PlaceIndex, [this] { return now_; });
  MemoryState state;
  ASSERT_TRUE(core.Load(state).ok());
  InputRecord record;
  record.source = other;
  record.value = SerializeDeterministic(ToProto(Attack("a1", {.latitude = 13, .longitude = 22})));
  TaskEffects effects;
  ASSERT_TRUE(core.Step(record, state, effects).ok()) << "before any rules, too";
  EXPECT_EQ(core.router().clock(), kMarch + std::chrono::hours(2));
  // What is wrong with it goes to the dead letters once, from whoever routes it.
  record.value = "no event";
  EXPECT_TRUE(core.Step(record, state, effects).ok());
  record.tombstone = true;
  EXPECT_TRUE(core.Step(record, state, effects).ok());
  core.Skip(other, 7, state);
  EXPECT_THAT(effects.records, IsEmpty());
  v1::Observation seen;
  ASSERT_TRUE(
      seen.ParseFromString(core.EncodeObservation({{other, true}, {kSitreps, true}}, false)));
  ASSERT_EQ(seen.sources_size(), 1);
  EXPECT_EQ(seen.sources(0).source().partition(), 0);
  EXPECT_THAT(core.router().sources(), IsEmpty());
}

TEST_F(TaskCoreTest, AWarningThatARuleSelectsComesBackAsAnEvent) {
  FeedRules();
  Match match;
  match.event.identity = IdentityOf(WarningId("w"));
  match.event.revision = 1;
  match.event.status = Status::kActual;
  match.event.type = "warning.attacks-near-border";
  match.event.nature = Nature::kObserved;
  match.event.observed = {kMarch, kMarch};
  match.event.accepted = kMarch;
  match.event.corridors = {CorridorId("chad-darfur")};
  match.event.warning.emplace().rule = RuleId("attacks-near-border");
  match.event.warning->severity = Severity::kModerate;
  const SourceId matches = {kMatchesTopic, 0};
  ASSERT_TRUE(Feed(matches, SerializeDeterministic(ToProto(match))).ok());
  ASSERT_EQ(effects_.records.size(), 1u);
  EXPECT_EQ(Decode(0).insert().keys(0).spec(), "@corridor");
  EXPECT_EQ(Decode(0).insert().event().warning().rule_id(), "attacks-near-border");
  EXPECT_TRUE(absl::IsInvalidArgument(Feed(matches, "no record at all")));
  EXPECT_TRUE(absl::IsInvalidArgument(Feed(kSitreps, SerializeDeterministic(ToProto(match)))));
  // It is no source of time.
  Observe({{.source = matches, .at_end = true, .reachable = true}}, true);
  const v1::Tick tick = CloseWithTick();
  for (const v1::SourceTime& source : tick.sources()) {
    EXPECT_NE(source.source().topic(), kMatchesTopic);
  }
}

TEST_F(TaskCoreTest, AnAttackNearAbecheAndOneAtAdreGoToTheirKeys) {
  FeedRules();
  ASSERT_TRUE(Feed(Attack("1", {.latitude = 13.47, .longitude = 22.2})).ok());
  std::set<std::string> keys;
  for (size_t i = 0; i < effects_.records.size(); ++i) {
    const v1::Insert insert = Decode(i).insert();
    EXPECT_EQ(insert.event().identity().id(), "1");
    for (const v1::CorrelationKey& key : insert.keys()) {
      const auto parts = ParseKey({.spec = key.spec(), .value = key.value()});
      ASSERT_TRUE(parts.ok());
      keys.insert(parts->fields[0].first + "=" + parts->fields[0].second);
      EXPECT_EQ(PartitionOf(PartitionText({key.spec(), key.value()}), kPartitions),
                effects_.records[i].target.partition);
    }
    const Headers& headers = effects_.records[i].headers;
    EXPECT_THAT(headers, testing::Contains(testing::Pair("ce_type", "tocsin.keyed.v1")));
    EXPECT_THAT(headers, testing::Contains(testing::Pair("ce_source", "/router-0")));
  }
  EXPECT_TRUE(keys.contains("corridor=chad-darfur"));
  EXPECT_TRUE(keys.contains("actor=jem"));
}

TEST_F(TaskCoreTest, OtherRulesReadAgainWhatTheyNeed) {
  PackToPublish fewer = pack_;
  // And without the rule that selects its warnings.
  std::erase_if(fewer.documents, [](const Document& document) {
    return document.name == "attacks-near-border" || document.name == "flight-from-fighting";
  });
  fewer.activation = ActivationOf(fewer.documents, kLive);
  FeedRules(fewer);
  const std::string attack =
      SerializeDeterministic(ToProto(Attack("1", {.latitude = 13.47, .longitude = 22.2})));
  ASSERT_TRUE(Feed(kSitreps, attack).ok());
  ASSERT_TRUE(Feed(kSitreps, attack).ok());
  EXPECT_THAT(core_->Rereads(), IsEmpty());
  // The documents are there; the activation is none that counts.
  FeedDocuments(pack_);
  for (const RulesInput& record : ChangeRecords(fewer.activation, pack_.activation)) {
    FeedRecord(SerializeDeterministic(ToProto(record)));
  }
  ASSERT_EQ(Decode(0).control().backfilling_size(), 1);
  EXPECT_EQ(Decode(0).control().backfilling(0), "attacks-near-border");
  CloseWithTick();
  EXPECT_EQ(core_->Rereads(), (std::vector<Reread>{{kSitreps, 0, 2}}));

  const SourceId again = AgainSource(kSitreps);
  ASSERT_TRUE(Feed(again, attack).ok());
  ASSERT_THAT(effects_.records, Not(IsEmpty()));
  for (size_t i = 0; i < effects_.records.size(); ++i) {
    EXPECT_TRUE(Decode(i).insert().backfill());
  }
  ASSERT_TRUE(core_->Load(state_).ok());
  EXPECT_EQ(core_->Rereads(), (std::vector<Reread>{{kSitreps, 1, 2}}));
  EXPECT_EQ(Feed(again, "\xff\xff no protobuf").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(core_->Rereads(), IsEmpty());
  effects_ = {};
  ASSERT_TRUE(core_->Close(state_, effects_).ok());
  ASSERT_EQ(effects_.records.size(), static_cast<size_t>(kPartitions));
  EXPECT_EQ(Decode(0).backfill_done().rules_digest(), core_->router().rules_digest());
  EXPECT_EQ(Decode(0).backfill_done().rules_size(), 1);
  EXPECT_EQ(Feed(AgainSource({kRulesTopic, 0}), "").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TaskCoreTest, NobodyChangesTheRulesAlone) {
  FeedRules();
  PackToPublish fewer = pack_;
  std::erase_if(fewer.documents, [](const Document& document) { return document.kind == "rule"; });
  fewer.activation = ActivationOf(fewer.documents, kLive);
  const absl::Status second = Feed({kRulesTopic, 0}, RecordsOf(fewer, "router").back().value);
  EXPECT_EQ(second.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(second.message()), HasSubstr("a second person confirms"));

  const std::vector<RulesInput> change = ChangeRecords(pack_.activation, fewer.activation);
  FeedRecord(SerializeDeterministic(ToProto(change[0])));
  EXPECT_THAT(effects_.records, IsEmpty());
  auto own = std::get<Confirmation>(change[1]);
  own.by = std::get<Proposal>(change[0]).author;
  const absl::Status alone =
      Feed({kRulesTopic, 0}, SerializeDeterministic(ToProto(RulesInput(own))));
  EXPECT_EQ(alone.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(alone.message()), HasSubstr("is the author"));
  EXPECT_EQ(core_->router().rules_digest(), pack_.activation.digest);
  FeedRecord(SerializeDeterministic(ToProto(change[1])));
  EXPECT_EQ(core_->router().rules_digest(), fewer.activation.digest);
}

TEST_F(TaskCoreTest, NothingThatMustStayAtHomeIsWritten) {
  FeedRules();
  std::string written;
  const auto collect = [&] {
    for (const OutputRecord& record : effects_.records) written += record.key + record.value;
  };
  Event event = Attack("1", {.latitude = 13.47, .longitude = 22.2});
  ASSERT_TRUE(Feed(event).ok());
  ASSERT_THAT(effects_.records, Not(IsEmpty()));
  collect();
  event.revision = 2;
  event.revision_kind = RevisionKind::kCorrect;
  event.place.point->latitude = 13.8;
  ASSERT_TRUE(Feed(event).ok());
  collect();
  event.revision = 3;
  event.revision_kind = RevisionKind::kWithdraw;
  ASSERT_TRUE(Feed(event).ok());
  collect();
  EXPECT_THAT(written, Not(HasSubstr("SECRET")));
  for (const auto& [key, value] : state_.entries()) {
    EXPECT_THAT(key + value, Not(HasSubstr("SECRET")));
  }
}

TEST_F(TaskCoreTest, ForeignBytesAreRefusedAndPassed) {
  FeedRules();
  const std::string good =
      SerializeDeterministic(ToProto(Attack("1", {.latitude = 13.47, .longitude = 22.2})));
  const std::vector<std::pair<SourceId, std::string>> bad = {
      {kSitreps, "\xff\xff no protobuf"},
      {kSitreps, good.substr(0, good.size() / 2)},
      {kSitreps, ""},
      {{kRulesTopic, 0}, "\xff\xff"},
      {{kRulesTopic, 0}, ""},
      {{"fusion.warnings.v1", 0}, good},
      {{"mission.unamid.sitreps.v1", 0}, good},
  };
  for (const auto& [source, value] : bad) {
    const absl::Status status = Feed(source, value);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << source.topic << status;
    EXPECT_THAT(effects_.records, IsEmpty());
  }
  EXPECT_EQ(Feed(kSitreps, "", /*tombstone=*/true).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Feed(kSitreps, good).ok());
  const v1::Tick tick = CloseWithTick();
  for (const v1::SourceTime& source : tick.sources()) {
    if (source.source().topic() == kSitreps.topic) {
      EXPECT_EQ(source.source().offset(), offsets_[kSitreps]);
    }
  }
}

TEST_F(TaskCoreTest, AnObservationIsTheMachineClockAndWhatChanged) {
  FeedRules();
  const std::vector<SourceObservation> seen = {
      {.source = {kRulesTopic, 0}, .at_end = true, .reachable = true},
      {.source = kSitreps, .at_end = true, .reachable = true},
      {.source = kSensors, .at_end = false, .reachable = true}};
  v1::Observation observation;
  ASSERT_TRUE(observation.ParseFromString(core_->EncodeObservation(seen, true)));
  EXPECT_EQ(observation.clock_us(), ToMicros(now_));
  EXPECT_TRUE(observation.beat());
  EXPECT_EQ(observation.sources_size(), 2);
  Observe(seen, true);
  const v1::Tick tick = CloseWithTick();
  EXPECT_TRUE(tick.beat());
  ASSERT_EQ(tick.sources_size(), 2);
  EXPECT_EQ(tick.sources(0).source().topic(), kSensors.topic);
  EXPECT_EQ(tick.sources(0).status(), v1::SOURCE_STATUS_BEHIND);
  EXPECT_EQ(tick.sources(1).status(), v1::SOURCE_STATUS_AT_END);

  ASSERT_TRUE(observation.ParseFromString(core_->EncodeObservation(seen, false)));
  EXPECT_EQ(observation.sources_size(), 0);
  Observe({{.source = kSitreps, .at_end = true, .reachable = false}}, false);
  EXPECT_EQ(CloseWithTick().sources(1).status(), v1::SOURCE_STATUS_UNKNOWN);
  EXPECT_FALSE(core_->Observe("\xff", state_, effects_).ok());
}

TEST_F(TaskCoreTest, ASourceThatIsNoLongerReadIsUnknown) {
  FeedRules();
  Observe({{.source = kSitreps, .at_end = true, .reachable = true},
           {.source = kSensors, .at_end = true, .reachable = true}},
          false);
  CloseWithTick();
  core_ = std::make_unique<RouterTaskCore>(
      RouterCoreOptions{.task = "router-0",
                        .router = {.keyed_partitions = kPartitions,
                                   .clock = ClockMode::kWall,
                                   .margin = std::chrono::seconds(60)},
                        .inputs = {{kRulesTopic, 0}, kSitreps}},
      MakeS2PlaceIndex, [this] { return now_; });
  ASSERT_TRUE(core_->Load(state_).ok());
  Observe({{.source = kSitreps, .at_end = true, .reachable = true}}, true);
  const v1::Tick tick = CloseWithTick();
  EXPECT_EQ(tick.sources(0).source().topic(), kSensors.topic);
  EXPECT_EQ(tick.sources(0).status(), v1::SOURCE_STATUS_UNKNOWN);
  EXPECT_EQ(tick.sources(1).status(), v1::SOURCE_STATUS_AT_END);
}

class ScenarioTaskCoreTest : public TaskCoreTest {
 protected:
  ScenarioTaskCoreTest() : TaskCoreTest(ClockMode::kScenario) {}
};

TEST_F(ScenarioTaskCoreTest, ReadsNoMachineClock) {
  v1::Observation observation;
  ASSERT_TRUE(observation.ParseFromString(core_->EncodeObservation({}, true)));
  EXPECT_EQ(observation.clock_us(), 0);
  FeedRules();
  ASSERT_TRUE(Feed(Attack("1", {.latitude = 13.47, .longitude = 22.2})).ok());
  EXPECT_EQ(CloseWithTick().clock_us(), ToMicros(kMarch + std::chrono::hours(2)));
}

TEST(Publisher, RefusesAFolderThatIsNoPack) {
  EXPECT_EQ(ReadPack("docs", kLive).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadPack("rules", {MissionId("nobody")}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Publisher, DocumentsComeBeforeTheActivationThatNamesThem) {
  const absl::StatusOr<PackToPublish> pack = ReadPack("rules", kLive);
  ASSERT_TRUE(pack.ok()) << pack.status();
  const std::vector<OutputRecord> records = RecordsOf(*pack, "router-0");
  ASSERT_EQ(records.size(), pack->documents.size() + 1);
  std::set<std::string> keys;
  for (const OutputRecord& record : records) {
    EXPECT_EQ(record.target, (SourceId{kRulesTopic, 0}));
    EXPECT_TRUE(keys.insert(record.key).second) << record.key;
  }
  EXPECT_EQ(records.back().key, "activation/" + pack->activation.digest);
  const auto rule = std::find_if(pack->documents.begin(), pack->documents.end(),
                                 [](const Document& d) { return d.name == "feed-silent"; });
  // By its text, too: what an earlier activation named is never compacted away.
  EXPECT_TRUE(keys.contains("rule/feed-silent/1/" + rule->sha256));
}

int64_t BytesOf(const MemoryState& state) {
  int64_t bytes = 0;
  for (const auto& [key, value] : state.entries()) {
    bytes += static_cast<int64_t>(key.size() + value.size());
  }
  return bytes;
}

TEST_F(TaskCoreTest, AnIdleHourLeavesTheStateAsLargeAsItWas) {
  FeedRules();
  ASSERT_TRUE(Feed(Attack("a", {.latitude = 12.5, .longitude = 22.1})).ok());
  // At their end, each of them.
  Observe({{kSitreps, true, true}, {kSensors, true, true}}, true);
  CloseWithTick();
  const int64_t before = BytesOf(state_);
  int64_t most = 0;
  for (int second = 0; second < 3600; ++second) {
    now_ += std::chrono::seconds(1);
    const std::string observed = core_->EncodeObservation({}, true);
    effects_ = {};
    ASSERT_TRUE(core_->Observe(observed, state_, effects_).ok());
    ASSERT_TRUE(core_->Close(state_, effects_).ok());
    auto bytes = static_cast<int64_t>(observed.size());
    EXPECT_EQ(effects_.records.size(), static_cast<size_t>(kPartitions));
    for (const OutputRecord& record : effects_.records) {
      bytes += static_cast<int64_t>(record.key.size() + record.value.size());
      for (const auto& [name, value] : record.headers) {
        bytes += static_cast<int64_t>(name.size() + value.size());
      }
    }
    most = std::max(most, bytes);
  }
  EXPECT_EQ(BytesOf(state_), before);
  // A tick for each of four partitions, and the observation in the journal: docs/guarantees.md.
  std::cout << most << " bytes for a beat\n";
  EXPECT_GT(most, 0);
  EXPECT_LE(most, kPartitions * 500);
}

}  // namespace
}  // namespace tocsin
