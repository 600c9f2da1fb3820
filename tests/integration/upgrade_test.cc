// Correlators of one build are rolled to the next one by one while events come, over a real broker.
// This program has the core of the next build: it knows what that alone would have told.
#include <atomic>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/correlation/correlation_testing.h"
#include "lib/correlation/told_testing.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/wire.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int32_t kPartitions = 2;
constexpr int kMostRecords = 3000;  // of each partition
// This program is linked as the next build is.
std::string NextVersion() { return StrCat("correlator/", CorrelatorSemanticsVersion()); }

SourceId Keyed(int32_t partition) { return {kKeyedTopic, partition}; }

Control Rules() {
  const auto rule = [](const std::string& name, const std::string& severities) {
    return RuleDocument(name,
                        "kind: event_count\ngroup_by: [corridor]\n"
                        "selections: {attack: {types: [security.attack]}}\n"
                        "condition: {window: 10m, severities: {" +
                            severities + "}}\naddress: all\nlifetime: 20d\n");
  };
  return ControlOf({rule("few", "moderate: 3, severe: 5"), rule("many", "extreme: 8")});
}

// One partition's correlator as a process of its own.
class CorrelatorProcess {
 public:
  explicit CorrelatorProcess(int32_t partition)
      : partition_(partition),
        stem_(StrCat(testing::KafkaBroker::Get().Folder("correlators"), "/", partition)) {}
  ~CorrelatorProcess() {
    if (pid_ > 0) Kill();
    if (::testing::Test::HasFailure()) std::cerr << Log();
  }
  CorrelatorProcess(const CorrelatorProcess&) = delete;
  CorrelatorProcess& operator=(const CorrelatorProcess&) = delete;

  void Start(const char* program, const std::string& state = "state") {
    const std::string config = stem_ + ".yaml";
    std::ofstream(config) << nlohmann::json{
        {"ops", {{"port", 0}}},
        {"kafka", {{"bootstrap_servers", testing::KafkaBroker::Get().bootstrap()}}},
        {"state_dir", StrCat(stem_, "-", state)},
        {"partitions",
         {partition_}}}.dump();
    pid_ = fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      const int log = open((stem_ + ".log").c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
      dup2(log, STDERR_FILENO);
      execl(program, "correlator", "--config", config.c_str(), nullptr);
      _exit(127);
    }
  }
  void Stop() { EXPECT_EQ(End(SIGTERM), 0); }
  void Kill() { EXPECT_EQ(End(SIGKILL), SIGKILL); }
  std::string Log() const {
    std::stringstream text;
    text << std::ifstream(stem_ + ".log").rdbuf();
    return text.str();
  }

 private:
  int End(int signal) {
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

  const int32_t partition_;
  const std::string stem_;
  pid_t pid_ = -1;
};

class Upgrade : public ::testing::Test {
 protected:
  Upgrade() {
    TopicSetOptions topics;
    topics.missions = TestMissions();
    topics.keyed_partitions = kPartitions;
    absl::Status made;
    EXPECT_TRUE(testing::Eventually([&] {
      made = EnsureTopics(testing::KafkaBroker::Get().config(), ProjectTopics(topics));
      return made.ok();
    })) << made;
    auto consumer = Consumer::Create(testing::KafkaBroker::Get().config(), "correlator");
    EXPECT_TRUE(consumer.ok()) << consumer.status();
    consumer_ = *std::move(consumer);
    auto producer = Producer::Create(testing::KafkaBroker::Get().config(), "router");
    EXPECT_TRUE(producer.ok()) << producer.status();
    producer_ = *std::move(producer);
    const auto pack = ParsePack(Rules().documents, TestMissions());
    EXPECT_TRUE(pack.ok()) << pack.status();
    pack_ = *pack;
  }

  void Send(int32_t partition, const KeyedRecord& keyed) {
    OutputRecord record;
    record.target = Keyed(partition);
    record.value = SerializeDeterministic(ToProto(keyed));
    const absl::Status status = producer_->Produce(
        record,
        [](const absl::StatusOr<int64_t>& offset) { EXPECT_TRUE(offset.ok()) << offset.status(); });
    EXPECT_TRUE(status.ok()) << status;
  }

  // Some of what happens in a partition next.
  void Happen(int32_t partition) {
    for (int i = 0; i < 10; ++i) {
      const int number = sent_++;
      minute_ += static_cast<int64_t>(random_() % 5) / 2;
      if (number > 20 && random_() % 6 == 0) {
        const auto gone = static_cast<int>(random_() % 20) + number - 20;
        Send(partition, Withdraw{{}, {MissionId("north"), EventId(StrCat("e", gone))}, 2});
      } else if (random_() % 4 == 0) {
        Send(partition, Bench::TickAt(minute_));
      } else {
        const KeyedEvent event = AttackAt(StrCat("e", number), minute_);
        Send(partition, Insert{KeysOf(pack_, event), event});
      }
    }
  }
  void Flush() { EXPECT_TRUE(producer_->Flush(std::chrono::seconds(30)).ok()); }

  CommittedOffset CommittedOf(Consumer& consumer, int32_t partition) {
    const auto committed = consumer.Committed({Keyed(partition)});
    EXPECT_TRUE(committed.ok()) << committed.status();
    if (!committed.ok() || committed->empty()) return {};
    return committed->begin()->second;
  }

  // Goes on until a stop is asked for, as fast as the correlators that run.
  void Flow(const std::stop_token& stop) {
    auto consumer = Consumer::Create(testing::KafkaBroker::Get().config(), "correlator");
    ASSERT_TRUE(consumer.ok()) << consumer.status();
    int64_t before = 0;
    while (!stop.stop_requested() && sent_ < kPartitions * kMostRecords) {
      for (int32_t p = 0; p < kPartitions; ++p) Happen(p);
      Flush();
      ASSERT_TRUE(testing::Eventually([&] {
        int64_t now = 0;
        for (int32_t p = 0; p < kPartitions; ++p) now += CommittedOf(**consumer, p).next;
        return stop.stop_requested() || std::exchange(before, now) != now;
      }));
    }
  }

  // Waits until the partition's correlator has committed so many offsets more.
  void AwaitMore(int32_t partition, int64_t more) {
    const int64_t from = CommittedOf(*consumer_, partition).next;
    EXPECT_TRUE(testing::Eventually(
        [&] { return CommittedOf(*consumer_, partition).next >= from + more; }));
  }
  void AwaitNextBuild(int32_t partition) {
    EXPECT_TRUE(testing::Eventually(
        [&] { return CommittedOf(*consumer_, partition).note.ends_with(" by " + NextVersion()); }));
  }
  void AwaitEnd(int32_t partition) {
    const int64_t end = testing::ReadAll(Keyed(partition)).back().offset + 1;
    EXPECT_TRUE(
        testing::Eventually([&] { return CommittedOf(*consumer_, partition).next >= end; }));
  }

  std::unique_ptr<Consumer> consumer_;
  std::unique_ptr<Producer> producer_;
  Pack pack_;
  std::mt19937_64 random_{7};
  std::atomic<int> sent_ = 0;
  int64_t minute_ = 0;
};

// What the next build would have told of what came, alone and from the start.
Told ToldAlone() {
  Told told;
  for (int32_t p = 0; p < kPartitions; ++p) {
    Correlator next(p, kPartitions);
    MemoryState state;
    for (const InputRecord& record : testing::ReadAll(Keyed(p))) {
      v1::KeyedRecord proto;
      EXPECT_TRUE(proto.ParseFromString(record.value));
      const auto keyed = FromProto(proto);
      EXPECT_TRUE(keyed.ok()) << keyed.status();
      CorrelatorEffects effects;
      const absl::Status status = next.Step(*keyed, state, effects);
      EXPECT_TRUE(status.ok()) << status;
      told.Add(effects.warnings);
    }
  }
  return told;
}

Told ToldInTopic() {
  Told told;
  for (int32_t p = 0; p < TopicSetOptions().warnings_partitions; ++p) {
    for (const InputRecord& record : testing::ReadAll({kWarningsTopic, p})) {
      v1::WarningsRecord proto;
      EXPECT_TRUE(proto.ParseFromString(record.value));
      if (!proto.has_warning()) continue;
      const auto warning = FromProto(proto.warning());
      EXPECT_TRUE(warning.ok()) << warning.status();
      told.Add({*warning});
    }
  }
  return told;
}

TEST_F(Upgrade, TwoCorrelatorsRolledOneByOneEndAsTheNextBuildAlone) {
  for (int32_t p = 0; p < kPartitions; ++p) Send(p, Rules());
  CorrelatorProcess first(0), second(1);
  first.Start(CORRELATOR);
  second.Start(CORRELATOR);
  std::jthread flow([&](const std::stop_token& stop) { Flow(stop); });
  AwaitMore(0, 100);
  AwaitMore(1, 100);

  // One stops in order, and the next build goes on and is killed soon after.
  first.Stop();
  first.Start(NEXT_CORRELATOR);
  AwaitNextBuild(0);
  AwaitMore(0, 20);
  first.Kill();
  first.Start(NEXT_CORRELATOR);
  AwaitMore(0, 20);
  // The other one still is of the former build, is killed, comes back as such, and follows.
  second.Kill();
  second.Start(CORRELATOR);
  AwaitMore(1, 20);
  EXPECT_THAT(CommittedOf(*consumer_, 1).note, Not(EndsWith(" by " + NextVersion())));
  second.Stop();
  second.Start(NEXT_CORRELATOR);
  AwaitNextBuild(1);
  AwaitMore(1, 50);
  AwaitMore(0, 50);

  flow.request_stop();
  flow.join();
  // A tick does a part of what is to be reconciled.
  for (int i = 1; i <= 10; ++i) {
    for (int32_t p = 0; p < kPartitions; ++p) Send(p, Bench::TickAt(minute_ + i));
  }
  Flush();
  for (int32_t p = 0; p < kPartitions; ++p) AwaitEnd(p);
  first.Stop();
  second.Stop();
  EXPECT_THAT(CommittedOf(*consumer_, 0).note, Not(HasSubstr("since 0 ")));

  const Told told = ToldInTopic();
  const Told alone = ToldAlone();
  EXPECT_TRUE(told.Standing() == alone.Standing())
      << told.Standing().size() << " stand, and alone " << alone.Standing().size();
  EXPECT_GT(alone.Standing().size(), 10U);
  // The builds differ, so there was something to reconcile; and not all of it.
  EXPECT_GT(told.found_by_backfill(), 0);
  EXPECT_LT(told.found_by_backfill(), static_cast<int64_t>(told.all().size()) / 2);
  EXPECT_EQ(alone.found_by_backfill(), 0);

  // A disk is lost: what there is was not all told by this build. Nor does the former one go on.
  const auto is_blocked = [&](const char* program, const std::string& state,
                              const std::string& what) {
    first.Start(program, state);
    EXPECT_TRUE(testing::Eventually([&] { return first.Log().find(what) != std::string::npos; }));
    first.Stop();
  };
  is_blocked(NEXT_CORRELATOR, "lost", NextVersion() + " has told what there is only since");
  is_blocked(CORRELATOR, "lost-as-well", "Start the build of " + NextVersion() + " instead");
  EXPECT_EQ(ToldInTopic().all().size(), told.all().size());
}

}  // namespace
}  // namespace tocsin
