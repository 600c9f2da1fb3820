// The transactional shell against a real broker, killed and crashed.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/task_testing.h"

namespace tocsin::testing {
namespace {

constexpr int kKills = 12;

std::vector<std::string> Numbered(int count) {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(absl::StrCat("value-", i));
  return values;
}

TEST(TaskKilled, AtRandomMomentsWritesWhatAnUndisturbedTaskWrites) {
  const TaskSetup setup("killed", 1, false);
  const std::vector<std::string> values = Numbered(6000);
  KillAndFinish(setup, values, kKills,
                [&] { return ReadAll(setup.output).size() >= values.size(); });
  EXPECT_EQ(Values(ReadAll(setup.output, values.size())), Expected(setup.inputs[0], values));

  // An undisturbed twin over the same records holds the same state, byte by byte.
  TaskOptions options = setup.Options();
  options.state_folder += "-twin";
  ToyCore twin(setup.output);
  const absl::Status replayed = ReplayOnly(options, twin);
  ASSERT_TRUE(replayed.ok()) << replayed;
  // The last process may have been stopped before its state caught up with what was committed.
  ToyCore again(setup.output);
  const absl::Status caught_up = ReplayOnly(setup.Options(), again);
  ASSERT_TRUE(caught_up.ok()) << caught_up;
  EXPECT_EQ(Content(options.state_folder), Content(setup.state_folder));
}

TEST(TaskKilled, WithAJournalEndsInTheStateOfAnUndisturbedReplay) {
  const TaskSetup setup("killed-journal", 3, true);
  const std::vector<std::string> values = Numbered(3000);
  const size_t all = values.size() * setup.inputs.size();
  KillAndFinish(setup, values, kKills, [&] { return ReadAll(setup.output).size() >= all; });

  // One unbroken chain of outputs, every record of every input in it once.
  const auto outputs = ReadAll(setup.output, all);
  ASSERT_EQ(outputs.size(), all);
  std::map<std::string, int> times;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<std::string> parts = absl::StrSplit(outputs[i].value, ' ');
    ASSERT_EQ(parts[0], absl::StrCat(i + 1));
    ++times[parts[1]];
  }
  for (const std::string& value : values) EXPECT_EQ(times[value], 3) << value;

  TaskOptions options = setup.Options();
  options.state_folder += "-twin";
  ToyCore twin(setup.output);
  twin.CloseCounts();
  const absl::Status replayed = ReplayOnly(options, twin);
  ASSERT_TRUE(replayed.ok()) << replayed;
  ToyCore again(setup.output);
  again.CloseCounts();
  const absl::Status caught_up = ReplayOnly(setup.Options(), again);
  ASSERT_TRUE(caught_up.ok()) << caught_up;
  EXPECT_EQ(Content(options.state_folder), Content(setup.state_folder));
  EXPECT_EQ(ReadAll(setup.output, all).size(), all);
}

TEST(TaskPoisoned, SkipsTheRecordThatCrashesItAndSaysSo) {
  const TaskSetup setup("poison", 1, false);
  std::vector<std::string> values = Numbered(40);
  values.insert(values.begin() + 20, "poison");
  ProduceAll(setup.inputs[0], values);
  RunOverPoison(setup, 40);
  EXPECT_EQ(Values(ReadAll(setup.output, 40)), Expected(setup.inputs[0], Numbered(40)));
  const auto letters = ReadAll(setup.dead_letters, 1);
  ASSERT_EQ(letters.size(), 1u);
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(letters[0].value));
  EXPECT_EQ(letter.cause().code(), "crashes_task");
  EXPECT_EQ(letter.origin().offset(), ReadAll(setup.inputs[0])[20].offset);
}

TEST(TaskPoisoned, TheJournalRemembersTheSkip) {
  const TaskSetup setup("poison-journal", 2, true);
  std::vector<std::string> values = Numbered(20);
  ProduceAll(setup.inputs[1], values);
  values.insert(values.begin() + 10, "poison");
  ProduceAll(setup.inputs[0], values);
  RunOverPoison(setup, 40);
  EXPECT_EQ(ReadAll(setup.dead_letters, 1).size(), 1u);
  // A replay that fed the poison would end this very process.
  TaskOptions options = setup.Options();
  options.state_folder += "-twin";
  ToyCore twin(setup.output);
  twin.CloseCounts();
  const absl::Status replayed = ReplayOnly(options, twin);
  ASSERT_TRUE(replayed.ok()) << replayed;
  EXPECT_EQ(Content(options.state_folder), Content(setup.state_folder));
}

}  // namespace
}  // namespace tocsin::testing
