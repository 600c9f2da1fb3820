// The transactional shell against a real broker, as long as it lives.
#include <atomic>

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/task_testing.h"

namespace tocsin::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::vector<std::string> Numbered(int from, int to) {
  std::vector<std::string> values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat("value-", i));
  return values;
}

TEST(Task, CommitsEveryOutputOnceAndResumesAfterAnOrderlyStop) {
  const TaskSetup setup("resume", 1, false);
  std::vector<std::string> all = Numbered(0, 3000);
  ProduceAll(setup.inputs[0], all);
  {
    ToyCore core(setup.output);
    TaskThread task(setup.Options(), core);
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 3000; }));
    ASSERT_TRUE(Eventually([&] { return task.Sum().caught_up; }));
    const TaskReport sum = task.Sum();
    EXPECT_EQ(sum.records_out, 3000);
    EXPECT_EQ(sum.counts.at("steps"), 3000);
    EXPECT_LT(sum.transactions, 1000) << "records share transactions";
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  for (const std::string& value : Numbered(3000, 3500)) all.push_back(value);
  ProduceAll(setup.inputs[0], Numbered(3000, 3500));
  ToyCore core(setup.output);
  TaskThread task(setup.Options(), core);
  ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 500; }));
  EXPECT_EQ(task.Stop(), absl::OkStatus());
  EXPECT_EQ(Values(ReadAll(setup.output, all.size())), Expected(setup.inputs[0], all));
}

TEST(Task, ABadRecordBecomesADeadLetterAndNothingElse) {
  const TaskSetup setup("bad", 1, false);
  ProduceAll(setup.inputs[0], {"a", "bad", "b"});
  ToyCore core(setup.output);
  TaskThread task(setup.Options(), core);
  ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 3; }));
  EXPECT_EQ(task.Sum().dead_letters, 1);
  EXPECT_EQ(task.Stop(), absl::OkStatus());
  EXPECT_EQ(Values(ReadAll(setup.output, 2)), Expected(setup.inputs[0], {"a", "b"}));
  const auto letters = ReadAll(setup.dead_letters, 1);
  ASSERT_EQ(letters.size(), 1u);
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(letters[0].value));
  EXPECT_EQ(letter.origin().topic(), setup.inputs[0].topic);
  EXPECT_EQ(letter.origin().offset(), ReadAll(setup.inputs[0])[1].offset);
  EXPECT_EQ(letter.cause().reason(), "a bad record");
}

// Its first outputs are larger than the output topic takes: the broker refuses them, and the
// transaction must be aborted.
class OversizeCore final : public ToyCore {
 public:
  using ToyCore::ToyCore;
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    const absl::Status status = ToyCore::Step(record, state, effects);
    if (oversize > 0) {
      --oversize;
      effects.records.back().value = std::string(200'000, 'x');
    }
    return status;
  }
  std::atomic<int> oversize = 3;
};

TEST(Task, AnAbortedTransactionIsDroppedWholeAndDoneAgain) {
  TaskSetup setup("abort", 1, false);
  TopicSpec small;
  small.name = setup.output.topic = Unique("abort-small-out");
  small.max_message_bytes = 50'000;
  ASSERT_TRUE(EnsureTopics(KafkaBroker::Get().config(), {small}).ok());
  const std::vector<std::string> values = Numbered(0, 200);
  ProduceAll(setup.inputs[0], values);
  OversizeCore core(setup.output);
  TaskThread task(setup.Options(), core);
  ASSERT_TRUE(Eventually([&] { return task.Sum().records_in >= 200; }));
  EXPECT_GE(task.Sum().aborts, 1);
  EXPECT_EQ(task.Stop(), absl::OkStatus());
  EXPECT_EQ(Values(ReadAll(setup.output, values.size())), Expected(setup.inputs[0], values));
}

TEST(Task, ABrokerThatHangsDuringCommitsLosesAndDoublesNothing) {
  const TaskSetup setup("hang", 1, false);
  TaskOptions options = setup.Options();
  options.transaction_timeout = milliseconds(1500);
  ToyCore core(setup.output);
  TaskThread task(options, core);
  std::vector<std::string> all;
  int next = 0;
  // The broker stands still for longer than a commit waits, twice, while records are on their way.
  for (int round = 0; round < 2; ++round) {
    const std::vector<std::string> values = Numbered(next, next + 3000);
    next += 3000;
    all.insert(all.end(), values.begin(), values.end());
    const int64_t before = task.Sum().records_in;
    ProduceAll(setup.inputs[0], values);
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in > before; }));
    KafkaBroker::Get().Pause();
    std::this_thread::sleep_for(
        milliseconds(2500));  // what the test is about, not a wait for something
    KafkaBroker::Get().Resume();
  }
  ASSERT_TRUE(Eventually([&] {
    return task.Sum().positions.contains(setup.inputs[0]) && task.Sum().caught_up &&
           !task.Sum().replaying && ReadAll(setup.output).size() >= all.size();
  }));
  const absl::Status stopped = task.Stop();
  EXPECT_TRUE(stopped.ok()) << stopped;
  EXPECT_EQ(Values(ReadAll(setup.output, all.size())), Expected(setup.inputs[0], all));
}

TEST(Task, AZombieEndsAndItsSuccessorGoesOn) {
  const TaskSetup setup("zombie", 1, false);
  ProduceAll(setup.inputs[0], {"a"});
  ToyCore first_core(setup.output);
  TaskThread first(setup.Options(), first_core);
  ASSERT_TRUE(Eventually([&] { return first.Sum().records_in == 1; }));
  TaskOptions elsewhere = setup.Options();
  elsewhere.state_folder += "-elsewhere";
  ToyCore second_core(setup.output);
  TaskThread second(elsewhere, second_core);
  ASSERT_TRUE(Eventually([&] { return second.Sum().caught_up; }));
  ProduceAll(setup.inputs[0], {"b", "c"});
  const absl::Status ended = first.Wait();
  EXPECT_EQ(ended.code(), absl::StatusCode::kFailedPrecondition) << ended;
  ASSERT_TRUE(Eventually([&] { return second.Sum().records_in == 2; }));
  EXPECT_EQ(second.Stop(), absl::OkStatus());
  EXPECT_EQ(Values(ReadAll(setup.output, 3)), Expected(setup.inputs[0], {"a", "b", "c"}));
}

TEST(Task, AStateOfAnotherGenerationOfATopicIsRefused) {
  const TaskSetup setup("epoch", 1, false);
  ProduceAll(setup.inputs[0], {"a"});
  ToyCore core(setup.output);
  {
    TaskThread task(setup.Options(), core);
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 1; }));
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  RemakeTopic(setup.inputs[0].topic);
  ProduceAll(setup.inputs[0], {"x", "y"});
  TaskRunner runner(setup.Options(), core);
  const absl::Status status = runner.Run({});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(setup.state_folder));
  EXPECT_THAT(std::string(status.message()), HasSubstr(setup.inputs[0].topic));
  EXPECT_EQ(Values(ReadAll(setup.output, 1)), Expected(setup.inputs[0], {"a"}));
}

TEST(Task, AStateThatTheOffsetsDoNotBearOutIsRefused) {
  const TaskSetup setup("ahead", 1, false);
  ProduceAll(setup.inputs[0], {"a"});
  ToyCore core(setup.output);
  {
    TaskThread task(setup.Options(), core);
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 1; }));
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  TaskOptions other_group = setup.Options();
  other_group.group = Unique("another-group");
  TaskOptions other_semantics = setup.Options();
  other_semantics.semantics = "toy 2";
  for (const TaskOptions& options : {other_group, other_semantics}) {
    TaskRunner runner(options, core);
    const absl::Status status = runner.Run({});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(setup.state_folder));
  }
}

TEST(Task, ALostStateIsRebuiltFromTheLogWithoutAnyOutput) {
  const TaskSetup setup("rebuild", 1, false);
  std::vector<std::string> values = Numbered(0, 500);
  values[100] = "bad";
  ProduceAll(setup.inputs[0], values);
  ToyCore core(setup.output);
  {
    TaskThread task(setup.Options(), core);
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 500; }));
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  const auto outputs = Values(ReadAll(setup.output, 499));
  TaskOptions again = setup.Options();
  again.state_folder += "-again";
  const absl::Status rebuilt = ReplayOnly(again, core);
  ASSERT_TRUE(rebuilt.ok()) << rebuilt;
  EXPECT_EQ(Content(again.state_folder), Content(setup.state_folder));
  EXPECT_EQ(Values(ReadAll(setup.output, 499)), outputs);
  EXPECT_EQ(ReadAll(setup.dead_letters, 1).size(), 1u);
}

TEST(Task, AJournalReplaysTheOrderOfSeveralInputsByteByByte) {
  const TaskSetup setup("journal", 3, true);
  TaskOptions options = setup.Options();
  options.beat_period = milliseconds(50);
  options.max_batch = 40;
  ToyCore core(setup.output);
  core.CloseCounts();
  {
    TaskThread task(options, core);
    for (int round = 0; round < 5; ++round) {
      for (const SourceId& input : setup.inputs) {
        ProduceAll(input, Numbered(round * 60, round * 60 + 60));
      }
      ProduceAll(setup.inputs[1], {"bad"});
    }
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in == 5 * (3 * 60 + 1); }));
    const int64_t transactions = task.Sum().transactions;
    // Beats go on without records.
    ASSERT_TRUE(Eventually([&] { return task.Sum().transactions > transactions + 3; }));
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  EXPECT_EQ(ReadAll(setup.output, 900).size(), 900u);
  options.state_folder += "-twin";
  ToyCore twin(setup.output);
  twin.CloseCounts();
  const absl::Status replayed = ReplayOnly(options, twin);
  ASSERT_TRUE(replayed.ok()) << replayed;
  const auto content = Content(setup.state_folder);
  EXPECT_EQ(Content(options.state_folder), content);
  EXPECT_TRUE(content.contains("observed"));
  EXPECT_EQ(ReadAll(setup.output, 900).size(), 900u);
}

// Keeps what the shell last told of each source.
class WatchingCore final : public ToyCore {
 public:
  using ToyCore::ToyCore;
  std::string EncodeObservation(const std::vector<SourceObservation>& sources, bool beat) override {
    const std::lock_guard lock(mutex_);
    for (const SourceObservation& source : sources) told_[source.source] = source;
    return ToyCore::EncodeObservation(sources, beat);
  }
  std::map<SourceId, SourceObservation> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<SourceId, SourceObservation> told_;
};

TEST(Task, TellsItsCoreWhatIsAtItsEndAndWhatCannotBeReached) {
  const TaskSetup setup("reach", 2, true);
  WatchingCore core(setup.output);
  TaskThread task(setup.Options(), core);
  const auto is = [&](const SourceId& source, bool at_end, bool reachable) {
    return Eventually([&] {
      const auto told = core.told();
      const auto it = told.find(source);
      return it != told.end() && it->second.at_end == at_end && it->second.reachable == reachable;
    });
  };
  EXPECT_TRUE(is(setup.inputs[0], true, true));
  EXPECT_TRUE(is(setup.inputs[1], true, true));
  DeleteTopic(setup.inputs[1].topic);
  EXPECT_TRUE(is(setup.inputs[1], false, false));
  // The other goes on.
  ProduceAll(setup.inputs[0], {"a"});
  EXPECT_TRUE(Eventually([&] { return task.Sum().records_in == 1; }));
  EXPECT_TRUE(is(setup.inputs[0], true, true));
  const absl::Status stopped = task.Stop();
  EXPECT_TRUE(stopped.ok()) << stopped;
}

}  // namespace
}  // namespace tocsin::testing
