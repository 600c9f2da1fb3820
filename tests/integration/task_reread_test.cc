// Inputs that a core wants to see a second time, against a real broker.
#include <atomic>
#include <filesystem>

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/kafka/transactional.h"
#include "tests/integration/task_testing.h"

namespace tocsin::testing {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

Texts Numbered(int from, int to) {
  Texts values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat("value-", i));
  return values;
}

// As one transaction: what follows the last record is its marker.
void ProduceInTransaction(const SourceId& target, const Texts& values) {
  auto producer =
      TransactionalProducer::Create(KafkaBroker::Get().config(), {.id = Unique("producer")});
  ASSERT_TRUE(producer.ok()) << producer.status();
  ASSERT_TRUE((*producer)->Init().ok());
  ASSERT_TRUE((*producer)->Begin().ok());
  for (const std::string& value : values) {
    OutputRecord record;
    record.target = target;
    record.value = value;
    ASSERT_TRUE((*producer)->Produce(record).ok());
  }
  ASSERT_TRUE((*producer)->Commit().ok());
}

// How often each offset of the input was seen again, of those that were.
std::map<int64_t, int> Times(const std::map<std::string, std::string>& content,
                             const SourceId& input) {
  const std::string prefix = absl::StrCat("times/", AgainSource(input).topic, "/");
  std::map<int64_t, int> times;
  for (auto it = content.lower_bound(prefix); it != content.end() && it->first.starts_with(prefix);
       ++it) {
    times[std::stoll(it->first.substr(prefix.size()))] = std::stoi(it->second);
  }
  return times;
}

// Every record of the input from `from` to `to`, once.
std::map<int64_t, int> Once(const SourceId& input, int64_t from, int64_t to) {
  std::map<int64_t, int> once;
  for (const InputRecord& record : ReadAll(input)) {
    if (record.offset >= from && record.offset < to) once[record.offset] = 1;
  }
  return once;
}

int64_t Done(const std::map<std::string, std::string>& content, const SourceId& input) {
  const auto it = content.find(absl::StrCat("reread-done/", input.topic));
  return it == content.end() ? -1 : std::stoll(it->second);
}

void ReplayFromNothing(const TaskSetup& setup, TaskOptions options) {
  options.state_folder += "-twin";
  ToyCore twin(setup.output);
  twin.CloseCounts();
  const absl::Status replayed = ReplayOnly(options, twin);
  ASSERT_TRUE(replayed.ok()) << replayed;
  EXPECT_EQ(Content(options.state_folder), Content(setup.state_folder));
}

// A task in a thread that counts what it has read again to its end.
struct Rereading {
  Rereading(TaskOptions options, const SourceId& output) : core(output) {
    core.CloseCounts();
    options.log = [this](int, const std::string& text) {
      if (text.find("has read") != std::string::npos) ++ends;
    };
    task = std::make_unique<TaskThread>(std::move(options), core);
  }
  std::atomic<int> ends = 0;
  ToyCore core;
  std::unique_ptr<TaskThread> task;
};

TEST(TaskRereads, SeesEveryRecordOnceMoreWhileLiveOnesGoOn) {
  const TaskSetup setup("reread", 2, true);
  for (int i = 0; i < 3; ++i) {
    ProduceInTransaction(setup.inputs[0], Numbered(i * 100, i * 100 + 100));
  }
  ProduceAll(setup.inputs[1], Numbered(0, 300));
  TaskOptions options = setup.Options();
  options.reread_per_second = 1;
  {
    Rereading run(options, setup.output);
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().records_in == 600; }));
    ProduceAll(setup.inputs[1], {"reread"});
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().reread_left.size() == 2; }));
    // However little of the past is read, all of this is.
    ProduceAll(setup.inputs[1], Numbered(300, 600));
    const int64_t end = ReadAll(setup.inputs[1]).back().offset + 1;
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().positions[setup.inputs[1]] == end; }));
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().caught_up; }));
    const TaskReport sum = run.task->Sum();
    EXPECT_EQ(sum.reread_left.size(), 2u);
    for (const auto* offsets : {&sum.positions, &sum.lag}) {
      for (const auto& [source, offset] : *offsets) {
        EXPECT_FALSE(OriginalOf(source).has_value()) << source.topic;
      }
    }
    EXPECT_EQ(run.task->Stop(), absl::OkStatus());
    EXPECT_EQ(run.ends, 0);
  }
  options.reread_per_second = 100'000;
  {
    Rereading run(options, setup.output);
    ASSERT_TRUE(Eventually([&] { return run.ends == 2; }));
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().reread_left.empty(); }));
    EXPECT_EQ(run.task->Stop(), absl::OkStatus());
  }
  const auto content = Content(setup.state_folder);
  for (const SourceId& input : setup.inputs) {
    EXPECT_EQ(Times(content, input), Once(input, 0, Done(content, input))) << input.topic;
  }
  EXPECT_EQ(Times(content, setup.inputs[0]).size(), 300u);
  EXPECT_EQ(Times(content, setup.inputs[1]).size(), 301u);
  EXPECT_EQ(ReadAll(setup.output, 1502).size(), 1502u) << "901 and 601 of them again";
  ReplayFromNothing(setup, options);
}

TEST(TaskRereads, ASecondCommandBeginsAnew) {
  const TaskSetup setup("reread-anew", 1, true);
  const SourceId& input = setup.inputs[0];
  ProduceAll(input, Numbered(0, 5));
  ProduceAll(input, {"reread"});
  TaskOptions options = setup.Options();
  options.reread_per_second = 5;  // one at a time, so that the second command comes in between
  {
    Rereading run(options, setup.output);
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().records_in > 6; }));
    ProduceAll(input, {"reread"});
    const int64_t end = ReadAll(input).back().offset + 1;
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().positions[input] == end; }));
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().reread_left.empty(); }));
    EXPECT_EQ(run.task->Stop(), absl::OkStatus());
  }
  const auto content = Content(setup.state_folder);
  const auto times = Times(content, input);
  EXPECT_EQ(times.size(), 7u) << "the second command, too";
  EXPECT_EQ(times.begin()->second, 2);
  EXPECT_EQ(times.rbegin()->second, 1);
  EXPECT_EQ(Done(content, input), times.rbegin()->first + 1);
  ReplayFromNothing(setup, options);
}

TEST(TaskRereads, EndsWhereNoRecordIsAndBeginsWhereTheLogDoes) {
  const TaskSetup setup("reread-gaps", 1, true);
  const SourceId& input = setup.inputs[0];
  ProduceInTransaction(input, Numbered(0, 50));
  TaskOptions options = setup.Options();
  {
    Rereading run(options, setup.output);
    ASSERT_TRUE(Eventually([&] { return run.task->Sum().records_in == 50; }));
    EXPECT_EQ(run.task->Stop(), absl::OkStatus());
  }
  const std::string before = setup.state_folder + "-before";
  const std::string too_late = setup.state_folder + "-too-late";
  std::filesystem::copy(setup.state_folder, before);
  std::filesystem::copy(setup.state_folder, too_late);

  // The last that there is before the end is the marker of the command's own transaction.
  const int64_t end = ReadAll(input).back().offset + 4;
  {
    Rereading run(options, setup.output);
    ProduceInTransaction(input, {absl::StrCat("reread:0-", end)});
    ASSERT_TRUE(Eventually([&] { return run.ends == 1; }));
    ProduceAll(input, {"reread:7-7"});
    ASSERT_TRUE(Eventually([&] { return run.ends == 2; }));
    EXPECT_EQ(run.task->Stop(), absl::OkStatus());
  }
  auto content = Content(setup.state_folder);
  EXPECT_EQ(Times(content, input), Once(input, 0, end));
  EXPECT_EQ(Times(content, input).size(), 51u);
  EXPECT_TRUE(content.contains(absl::StrCat("skipped/again/", input.topic, "/", end - 1)));
  EXPECT_EQ(Done(content, input), 7);
  ReplayFromNothing(setup, options);
  options.state_folder = before;
  ToyCore core(setup.output);
  core.CloseCounts();
  const absl::Status replayed = ReplayOnly(options, core);
  EXPECT_TRUE(replayed.ok()) << replayed;
  EXPECT_EQ(Content(before), content);

  // What the journal says was read again must still be there for a replay.
  DeleteRecordsBefore(input, 20);
  options.state_folder = too_late;
  const absl::Status refused = ReplayOnly(options, core);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr(too_late));

  // A core may ask for more than there is.
  {
    Rereading run(setup.Options(), setup.output);
    ProduceAll(input, {"reread:0-30"});
    ASSERT_TRUE(Eventually([&] { return run.ends == 1; }));
    ProduceAll(input, {"reread:0-10"});
    ASSERT_TRUE(Eventually([&] { return run.ends == 2; }));
    EXPECT_EQ(run.task->Stop(), absl::OkStatus());
  }
  content = Content(setup.state_folder);
  for (const auto& [offset, times] : Times(content, input)) {
    EXPECT_EQ(times, offset >= 20 && offset < 30 ? 2 : 1) << offset;
  }
  EXPECT_EQ(Done(content, input), 10);
}

TEST(TaskRereads, KilledInBetweenEndsInTheStateOfAnUndisturbedReplay) {
  const TaskSetup setup("reread-killed", 2, true);
  for (const SourceId& input : setup.inputs) {
    ProduceAll(input, Numbered(0, 700));
    const int64_t command = ReadAll(input).back().offset + 1;
    ProduceAll(input, {absl::StrCat("reread:0-", command + 1)});
  }
  const size_t all = 2 * (701 + 600) + 2 * 701;
  KillAndFinish(setup, Numbered(700, 1300), 3, [&] { return ReadAll(setup.output).size() >= all; });

  // One unbroken chain of outputs.
  const auto outputs = ReadAll(setup.output, all);
  ASSERT_EQ(outputs.size(), all);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Texts parts = absl::StrSplit(outputs[i].value, ' ');
    ASSERT_EQ(parts[0], absl::StrCat(i + 1));
  }
  // The last process may have been stopped before its state caught up with what was committed.
  ToyCore core(setup.output);
  core.CloseCounts();
  const absl::Status caught_up = ReplayOnly(setup.Options(), core);
  ASSERT_TRUE(caught_up.ok()) << caught_up;
  const auto content = Content(setup.state_folder);
  for (const SourceId& input : setup.inputs) {
    EXPECT_EQ(Times(content, input), Once(input, 0, Done(content, input))) << input.topic;
    EXPECT_EQ(Times(content, input).size(), 701u);
  }
  ReplayFromNothing(setup, setup.Options());
}

TEST(TaskRereads, WhatCannotBeUsedTheSecondTimeBecomesADeadLetterOfItsOrigin) {
  const TaskSetup setup("reread-poison", 1, true);
  const SourceId& input = setup.inputs[0];
  Texts values = Numbered(0, 20);
  values.insert(values.begin() + 5, "bad");
  values.insert(values.begin() + 12, "again-poison");
  values.push_back("reread");
  ProduceAll(input, values);
  // All but the bad one, and again all but that and the one that crashes the task by then.
  const size_t all = 22 + 21;
  RunOverPoison(setup, all);
  const auto letters = ReadAll(setup.dead_letters, 3);
  ASSERT_EQ(letters.size(), 3u);
  const auto records = ReadAll(input);
  const std::pair<size_t, std::string> expected[] = {
      {5, "a bad record"}, {5, "when read again: a bad record"}, {12, "when read again: the task"}};
  for (size_t i = 0; i < letters.size(); ++i) {
    v1::DeadLetter letter;
    ASSERT_TRUE(letter.ParseFromString(letters[i].value));
    EXPECT_EQ(letter.origin().topic(), input.topic);
    EXPECT_EQ(letter.origin().offset(), records[expected[i].first].offset);
    EXPECT_THAT(letter.cause().reason(), HasSubstr(expected[i].second));
  }
  EXPECT_FALSE(std::filesystem::exists(setup.state_folder + ".crashes"))
      << "it is behind: another time would begin to count anew";
  // A replay that fed the poison would end this very process.
  ReplayFromNothing(setup, setup.Options());
}

}  // namespace
}  // namespace tocsin::testing
