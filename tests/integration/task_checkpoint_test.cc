// Checkpoints over a real broker and a real disk: a task whose state is lost, damaged or old begins
// with the newest usable one, also when the log no longer has what is before it.
#include <filesystem>
#include <fstream>
#include <mutex>

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/task_testing.h"

namespace tocsin::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::vector<std::string> Numbered(int from, int to) {
  std::vector<std::string> values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat("value-", i));
  return values;
}

void FlipAByte(const fs::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(fs::file_size(path) / 2);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(at);
  file.put(byte);
}

// A task with checkpoints; what it logs is kept.
class CheckpointTest : public ::testing::TestWithParam<bool> {
 protected:
  CheckpointTest() : setup_("checkpoint", with_journal() ? 2 : 1, with_journal()) {
    shelf_ = fs::path(setup_.state_folder + "-shelf");
  }
  bool with_journal() const { return GetParam(); }

  TaskOptions Options() {
    TaskOptions options = setup_.Options();
    options.checkpoint_folder = shelf_.string();
    options.checkpoint_every = milliseconds(20);
    options.checkpoints_kept = 3;
    options.max_batch = 100;
    options.beat_period = milliseconds(100);
    options.log = [this](int, const std::string& text) {
      const std::lock_guard lock(mutex_);
      log_ += text + "\n";
    };
    return options;
  }
  std::string Log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::vector<fs::path> Checkpoints() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(shelf_)) {
      if (!entry.path().filename().string().starts_with(".")) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  // Feeds the values in portions until there are `checkpoints` more of them, then the rest.
  void RunWith(const std::vector<std::string>& values, int64_t checkpoints) {
    ToyCore core(setup_.output);
    TaskThread task(Options(), core);
    size_t produced = 0;
    for (int64_t i = 0; i < checkpoints; ++i) {
      const size_t end =
          (values.size() * static_cast<size_t>(i + 1)) / static_cast<size_t>(checkpoints + 1);
      Produce(values, produced, end);
      ASSERT_TRUE(Eventually([&] { return task.Sum().checkpoints > i; })) << Log();
    }
    Produce(values, produced, values.size());
    ASSERT_TRUE(Eventually([&] {
      return task.Sum().records_in >= static_cast<int64_t>(values.size() * setup_.inputs.size());
    })) << Log();
    EXPECT_EQ(task.Stop(), absl::OkStatus());
    fed_ += values.size();
  }
  // The state of an undisturbed twin that has read the whole log.
  std::map<std::string, std::string> TwinState() {
    TaskOptions options = setup_.Options();
    options.state_folder += "-twin";
    ToyCore twin(setup_.output);
    const absl::Status replayed = ReplayOnly(options, twin);
    EXPECT_TRUE(replayed.ok()) << replayed;
    return Content(options.state_folder);
  }
  void ExpectEachOnce() {
    const size_t all = fed_ * setup_.inputs.size();
    EXPECT_EQ(ReadAll(setup_.output, all).size(), all);
  }

  TaskSetup setup_;
  fs::path shelf_;
  size_t fed_ = 0;

 private:
  void Produce(const std::vector<std::string>& values, size_t& from, size_t to) {
    const std::vector<std::string> slice(values.begin() + static_cast<std::ptrdiff_t>(from),
                                         values.begin() + static_cast<std::ptrdiff_t>(to));
    for (const SourceId& input : setup_.inputs) ProduceAll(input, slice);
    from = to;
  }

  std::mutex mutex_;
  std::string log_;
};

TEST_P(CheckpointTest, ATaskOnAnEmptyMachineGoesOnFromTheNewest) {
  RunWith(Numbered(0, 600), 5);
  EXPECT_LE(Checkpoints().size(), 3u);
  fs::remove_all(setup_.state_folder);
  ToyCore core(setup_.output);
  ASSERT_EQ(ReplayOnly(Options(), core), absl::OkStatus());
  EXPECT_THAT(Log(), HasSubstr("loaded checkpoint"));
  EXPECT_EQ(Content(setup_.state_folder), TwinState());
  RunWith(Numbered(600, 700), 1);
  ExpectEachOnce();
}

TEST_P(CheckpointTest, WithoutTheBeginningOfTheLogTheNewestIsEnough) {
  RunWith(Numbered(0, 600), 3);
  const auto whole = Content(setup_.state_folder);
  // Retention takes all that the newest checkpoint has behind it.
  auto shelf = OpenFolderShelf(shelf_.string(), setup_.state_folder);
  ASSERT_TRUE(shelf.ok());
  const auto numbers = (*shelf)->List();
  ASSERT_TRUE(numbers.ok() && !numbers->empty());
  const auto newest = (*shelf)->Read(numbers->back());
  ASSERT_TRUE(newest.ok()) << newest.status();
  for (const auto& [source, next] : newest->position.next) DeleteRecordsBefore(source, next);
  if (with_journal()) DeleteRecordsBefore(*setup_.journal, newest->position.journal_offset);
  fs::remove_all(setup_.state_folder);
  ToyCore core(setup_.output);
  ASSERT_EQ(ReplayOnly(Options(), core), absl::OkStatus());
  EXPECT_EQ(Content(setup_.state_folder), whole);
  ExpectEachOnce();
}

TEST_P(CheckpointTest, OneThatIsDamagedIsToldAndTheNextOlderTaken) {
  RunWith(Numbered(0, 600), 4);
  std::vector<fs::path> checkpoints = Checkpoints();
  ASSERT_EQ(checkpoints.size(), 3u);
  for (const auto& entry : fs::directory_iterator(checkpoints[2])) {
    if (entry.path().extension() == ".sst") FlipAByte(entry.path());
  }
  fs::remove(checkpoints[1] / "CURRENT");
  fs::remove_all(setup_.state_folder);
  {
    ToyCore core(setup_.output);
    ASSERT_EQ(ReplayOnly(Options(), core), absl::OkStatus());
  }
  EXPECT_THAT(Log(), HasSubstr("is damaged"));
  EXPECT_THAT(Log(), HasSubstr("CURRENT is missing"));
  EXPECT_THAT(Log(), HasSubstr("loaded checkpoint"));
  EXPECT_EQ(Content(setup_.state_folder), TwinState());

  // None of them is usable: all of the log.
  for (const fs::path& one : Checkpoints()) fs::resize_file(one / "checkpoint.json", 100);
  fs::remove_all(setup_.state_folder);
  ToyCore core(setup_.output);
  ASSERT_EQ(ReplayOnly(Options(), core), absl::OkStatus());
  EXPECT_THAT(Log(), HasSubstr("its manifest is unreadable"));
  EXPECT_EQ(Content(setup_.state_folder), TwinState());
  RunWith(Numbered(600, 700), 1);
  ExpectEachOnce();
}

TEST_P(CheckpointTest, AStateThatIsDamagedIsSetAsideAndMadeAnew) {
  RunWith(Numbered(0, 600), 3);
  for (const auto& entry : fs::directory_iterator(setup_.state_folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("MANIFEST") || entry.path().extension() == ".sst") FlipAByte(entry.path());
  }
  ToyCore core(setup_.output);
  ASSERT_EQ(ReplayOnly(Options(), core), absl::OkStatus());
  EXPECT_THAT(Log(), HasSubstr("cannot use its state"));
  EXPECT_TRUE(fs::exists(setup_.state_folder + ".aside"));
  EXPECT_EQ(Content(setup_.state_folder), TwinState());
  RunWith(Numbered(600, 700), 1);
  ExpectEachOnce();
}

TEST_P(CheckpointTest, AStateOfAnotherFormatIsMadeAnewAndNotRead) {
  RunWith(Numbered(0, 200), 1);
  TaskOptions options = Options();
  options.state_format = 2;
  ToyCore core(setup_.output);
  ASSERT_EQ(ReplayOnly(options, core), absl::OkStatus());
  EXPECT_THAT(Log(), HasSubstr("its state is of format 1"));
  EXPECT_THAT(Log(), HasSubstr("it is of state format 1, and this is 2"));
  EXPECT_THAT(Log(), HasSubstr("replayed " + std::to_string(200 * setup_.inputs.size())));
}

TEST_P(CheckpointTest, AnOldStateIsReplacedByANewerCheckpoint) {
  RunWith(Numbered(0, 200), 1);
  const std::string old = setup_.state_folder + "-old";
  fs::copy(setup_.state_folder, old, fs::copy_options::recursive);
  RunWith(Numbered(200, 600), 3);
  fs::remove_all(setup_.state_folder);
  fs::rename(old, setup_.state_folder);
  ToyCore core(setup_.output);
  ASSERT_EQ(ReplayOnly(Options(), core), absl::OkStatus());
  EXPECT_THAT(Log(), HasSubstr("loaded checkpoint"));
  EXPECT_EQ(Content(setup_.state_folder), TwinState());
}

TEST_P(CheckpointTest, AnotherGenerationOfATopicMakesThemUseless) {
  RunWith(Numbered(0, 100), 1);
  fs::remove_all(setup_.state_folder);
  RemakeTopic(setup_.inputs[0].topic);
  ToyCore core(setup_.output);
  (void)ReplayOnly(Options(), core);
  EXPECT_THAT(Log(), HasSubstr("it is of topic " + setup_.inputs[0].topic + " of epoch"));
  EXPECT_THAT(Log(), ::testing::Not(HasSubstr("loaded checkpoint")));
}

INSTANTIATE_TEST_SUITE_P(Tasks, CheckpointTest, ::testing::Bool(), [](const auto& one) {
  return one.param ? "WithAJournal" : "WithOneInput";
});

}  // namespace
}  // namespace tocsin::testing
