// The router as a process runs it, over a real broker: first start, restart, lost state, other
// rules, another rules folder.
#include <filesystem>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"
#include "lib/publication/publication_testing.h"
#include "lib/wire/wire.h"
#include "router/app.h"
#include "router/publisher.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

const MissionId kMinurcat("minurcat");
const MissionId kUnamid("unamid");
const SourceId kSitreps = {"mission.minurcat.sitreps.v1", 0};
constexpr int32_t kPartitions = 4;

// Adré, on the border of Chad and Darfur.
Event Attack(const std::string& id) {
  Event event;
  event.identity = {kMinurcat, EventId(id)};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kActual;
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  const Time day = Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 4));
  event.observed = {day, day + std::chrono::hours(1)};
  event.accepted = day + std::chrono::hours(2);
  event.place.name = "Adré";
  event.place.point = Point{.latitude = 13.47, .longitude = 22.2};
  event.label.originator = kMinurcat;
  return event;
}

std::string Bytes(const Event& event) { return SerializeDeterministic(ToProto(event)); }

// What fusion.keyed.v1 holds, partition by partition.
struct Keyed {
  int controls = 0, beats = 0, backfills_done = 0;
  std::multiset<std::string> inserts, withdraws;  // "a1@2", once for each partition
  std::multiset<std::string> backfilled;          // likewise, of what is read again
  std::set<std::string> backfilling;              // rules, of any control record
  bool control_first = true;
};

Keyed ReadKeyed() {
  Keyed keyed;
  for (int32_t p = 0; p < kPartitions; ++p) {
    bool control = false;
    for (const InputRecord& record : testing::ReadAll({kKeyedTopic, p})) {
      v1::KeyedRecord proto;
      EXPECT_TRUE(proto.ParseFromString(record.value));
      const auto say = [](const v1::Identity& identity, int32_t revision) {
        return identity.id() + "@" + std::to_string(revision);
      };
      if (proto.has_control()) {
        ++keyed.controls;
        control = true;
        const auto& rules = proto.control().backfilling();
        keyed.backfilling.insert(rules.begin(), rules.end());
      }
      if (proto.has_backfill_done()) ++keyed.backfills_done;
      keyed.control_first = keyed.control_first && control;
      if (proto.has_insert()) {
        const v1::KeyedEvent& event = proto.insert().event();
        (proto.insert().backfill() ? keyed.backfilled : keyed.inserts)
            .insert(say(event.identity(), event.revision()));
      }
      if (proto.has_withdraw()) {
        keyed.withdraws.insert(say(proto.withdraw().identity(), proto.withdraw().revision()));
      }
      if (proto.has_tick() && proto.tick().beat()) ++keyed.beats;
    }
  }
  return keyed;
}

// RunRouter on a thread, with a status to ask for once it has ended.
class RunningRouter {
 public:
  RunningRouter(const std::string& state, std::vector<MissionId> live, bool own_rules = true) {
    options_.ops_address = "127.0.0.1";
    options_.kafka = testing::KafkaBroker::Get().config();
    options_.state_dir = state;
    options_.task = "router-0";
    options_.group = "router";
    options_.missions = {kMinurcat, kUnamid};
    options_.live_missions = std::move(live);
    options_.margin = std::chrono::seconds(60);
    options_.rules_dir = own_rules ? "rules" : "";
    auto ops = Ops::Start("127.0.0.1", 0);
    EXPECT_TRUE(ops.ok()) << ops.status();
    ops_ = *std::move(ops);
    thread_ = std::jthread(
        [this](const std::stop_token& stop) { status_ = RunRouter(options_, *ops_, stop); });
  }

  absl::Status Stop() {
    thread_.request_stop();
    return Wait();
  }
  absl::Status Wait() {
    thread_.join();
    return status_;
  }

 private:
  RouterServiceOptions options_;
  std::unique_ptr<Ops> ops_;
  absl::Status status_;
  std::jthread thread_;
};

TEST(RouterService, RulesFirstThenEventsAndEachOnceThroughRestartsAndLostState) {
  ASSERT_TRUE(EnsureTopics(testing::KafkaBroker::Get().config(),
                           ProjectTopics(
                               {.missions = {kMinurcat, kUnamid}, .keyed_partitions = kPartitions}))
                  .ok());
  const std::string state = testing::KafkaBroker::Get().Folder("router-state");
  const std::vector<MissionId> live = {kMinurcat, kUnamid};

  // Events are there before there are any rules.
  testing::ProduceAll(kSitreps, {Bytes(Attack("a1")), "\xff\xff no protobuf"});
  {
    RunningRouter router(state, live);
    EXPECT_TRUE(testing::Eventually([] {
      const Keyed keyed = ReadKeyed();
      return keyed.inserts.contains("a1@1") && keyed.beats >= 2 * kPartitions;
    }));
    EXPECT_TRUE(testing::Eventually([] {
      return testing::ReadAll({kDeadLettersTopic, 0}).size() == 1;
    }));
    const absl::Status status = router.Stop();
    EXPECT_TRUE(status.ok()) << status;
  }
  const Keyed first = ReadKeyed();
  EXPECT_EQ(first.controls, kPartitions);
  EXPECT_TRUE(first.control_first);
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(testing::ReadAll({kDeadLettersTopic, 0}).at(0).value));
  EXPECT_EQ(letter.origin().topic(), kSitreps.topic);
  EXPECT_EQ(letter.origin().offset(), testing::ReadAll(kSitreps).at(1).offset);
  EXPECT_EQ(letter.task(), "router-0");

  // A correction that leaves the border, read after a restart.
  Event moved = Attack("a1");
  moved.revision = 2;
  moved.revision_kind = RevisionKind::kCorrect;
  moved.place.point->longitude = 20.83;
  testing::ProduceAll(kSitreps, {Bytes(moved)});
  {
    RunningRouter router(state, live);
    EXPECT_TRUE(testing::Eventually([] { return ReadKeyed().withdraws.contains("a1@2"); }));
    EXPECT_TRUE(router.Stop().ok());
  }
  const Keyed second = ReadKeyed();
  EXPECT_EQ(second.controls, kPartitions);
  EXPECT_EQ(second.inserts.count("a1@1"), first.inserts.count("a1@1"));

  // The state is lost: it is made again from the journal, and nothing is said twice.
  std::filesystem::remove_all(state);
  testing::ProduceAll(kSitreps, {Bytes(Attack("a2"))});
  {
    RunningRouter router(state, live);
    EXPECT_TRUE(testing::Eventually([] { return ReadKeyed().inserts.contains("a2@1"); }));
    EXPECT_TRUE(router.Stop().ok());
  }
  Keyed third = ReadKeyed();
  EXPECT_EQ(third.controls, kPartitions);
  third.inserts.erase("a2@1");
  EXPECT_EQ(third.inserts, second.inserts);
  EXPECT_EQ(third.withdraws, second.withdraws);
  EXPECT_EQ(testing::ReadAll({kDeadLettersTopic, 0}).size(), 1U);

  // Rules change while it runs: without a rule, and with it again, which reads the past for it.
  // What was written of that is made again from the journal, too.
  const absl::StatusOr<PackToPublish> shipped = ReadPack("rules", live);
  ASSERT_TRUE(shipped.ok()) << shipped.status();
  PackToPublish fewer = *shipped;
  std::erase_if(fewer.documents, [](const Document& document) {
    // ... and the rule that selects its warnings.
    return document.name == "attacks-near-border" || document.name == "flight-from-fighting";
  });
  fewer.activation = ActivationOf(fewer.documents, live);
  for (int lost = 0; lost < 2; ++lost) {
    if (lost == 1) std::filesystem::remove_all(state);
    RunningRouter router(state, live);
    if (lost == 0) {
      std::vector<std::string> records;
      for (const auto& [before, next] : {std::pair(shipped->activation, fewer.activation),
                                         std::pair(fewer.activation, shipped->activation)}) {
        for (const RulesInput& record : ChangeRecords(before, next)) {
          records.push_back(SerializeDeterministic(ToProto(record)));
        }
      }
      testing::ProduceAll({kRulesTopic, 0}, records);
    } else {
      testing::ProduceAll(kSitreps, {Bytes(Attack("a2b"))});
    }
    EXPECT_TRUE(testing::Eventually([lost] {
      const Keyed keyed = ReadKeyed();
      return keyed.backfills_done >= kPartitions && (lost == 0 || keyed.inserts.contains("a2b@1"));
    }));
    EXPECT_TRUE(router.Stop().ok());
    const Keyed changed = ReadKeyed();
    EXPECT_EQ(changed.controls, 3 * kPartitions);
    EXPECT_EQ(changed.backfills_done, kPartitions);
    EXPECT_EQ(changed.backfilling, std::set<std::string>{"attacks-near-border"});
    // a1 has left the border, and its first revision was passed over.
    EXPECT_EQ(changed.backfilled, std::multiset<std::string>{"a2@1"});
  }

  // A topic that would no longer hold what the state was made from, whether the rules come from the
  // folder or from the log.
  const std::string setting = "retention.ms";
  testing::SetTopicSetting(kKeyedTopic, setting, "86400000");
  for (const bool own_rules : {true, false}) {
    const absl::Status short_lived = RunningRouter(state, live, own_rules).Wait();
    EXPECT_EQ(short_lived.code(), absl::StatusCode::kFailedPrecondition) << short_lived;
    EXPECT_THAT(std::string(short_lived.message()),
                HasSubstr("topic fusion.keyed.v1: retention.ms is 86400000, and rule "
                          "indicator-surge needs at least "));
  }
  testing::SetTopicSetting(kKeyedTopic, setting, "-1");

  // With another folder than that of the rules in effect it goes on with these.
  testing::ProduceAll(kSitreps, {Bytes(Attack("a3"))});
  {
    RunningRouter router(state, {kUnamid});
    EXPECT_TRUE(testing::Eventually([] { return ReadKeyed().inserts.contains("a3@1"); }));
    EXPECT_TRUE(router.Stop().ok());
  }
  EXPECT_EQ(ReadKeyed().controls, 3 * kPartitions);
}

}  // namespace
}  // namespace tocsin
