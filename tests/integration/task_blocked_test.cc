// What retention has removed before a task has read it, and topics that are others of the same
// name: the task says so and changes nothing, and goes on without what is lost when a person asks
// for it.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/task/blocked.h"
#include "lib/task/keep_running.h"
#include "tests/integration/task_testing.h"

namespace tocsin::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<std::string> Numbered(int from, int to) {
  std::vector<std::string> values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat("value-", i));
  return values;
}

class BlockedTest : public ::testing::Test {
 protected:
  TaskOptions Options(const TaskSetup& setup) {
    TaskOptions options = setup.Options();
    options.beat_period = std::chrono::milliseconds(100);
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
  // Runs the task until it has read so many more records.
  void RunUntil(const TaskOptions& options, const TaskSetup& setup, int64_t records) {
    ToyCore core(setup.output);
    TaskThread task(options, core);
    ASSERT_TRUE(Eventually([&] { return task.Sum().records_in >= records; })) << Log();
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  // Is refused, twice the same, with the command to go on; nothing is written.
  void ExpectBlocked(const TaskOptions& options, const TaskSetup& setup, std::string_view reason) {
    const size_t outputs = ReadAll(setup.output).size();
    for (int i = 0; i < 2; ++i) {
      ToyCore core(setup.output);
      const absl::Status status = TaskRunner(options, core).Run({});
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
      EXPECT_EQ(BlockedBy(status), reason) << status;
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr("touch " + BeginAnewMark(options.state_folder)));
    }
    EXPECT_EQ(ReadAll(setup.output).size(), outputs);
  }
  static void Touch(const TaskOptions& options) {
    std::ofstream(BeginAnewMark(options.state_folder)) << "";
  }

 private:
  std::mutex mutex_;
  std::string log_;
};

TEST_F(BlockedTest, ALostStateWhoseLogWasCutWaitsForAPersonAndGoesOnByItself) {
  const TaskSetup setup("cut", 1, false);
  const TaskOptions options = Options(setup);
  ProduceAll(setup.inputs[0], Numbered(0, 100));
  RunUntil(options, setup, 100);
  DeleteRecordsBefore(setup.inputs[0], 60);
  fs::remove_all(options.state_folder);
  ExpectBlocked(options, setup, kLogCut);

  ToyCore core(setup.output);
  std::atomic<int64_t> read = 0;
  TaskOptions reporting = options;
  reporting.report = [&read](const TaskReport& report) { read += report.records_in; };
  std::mutex mutex;
  std::string reason;
  absl::Status result;
  std::jthread service([&](const std::stop_token& stop) {
    result = KeepRunning(reporting, core, MakeRealWorld(), stop, [&](const std::string& why) {
      const std::lock_guard lock(mutex);
      reason = why;
    });
  });
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return reason == kLogCut;
  })) << Log();
  ProduceAll(setup.inputs[0], Numbered(100, 120));
  Touch(options);
  ASSERT_TRUE(Eventually([&] { return read >= 20; })) << Log();
  service.request_stop();
  service.join();
  EXPECT_EQ(result, absl::OkStatus());
  EXPECT_FALSE(fs::exists(BeginAnewMark(options.state_folder)));
  EXPECT_EQ(ReadAll(setup.output, 120).size(), 120u) << "what was told before is not told again";
  // From now on as any other.
  ProduceAll(setup.inputs[0], Numbered(120, 130));
  RunUntil(options, setup, 10);
}

TEST_F(BlockedTest, AStateWhoseNextRecordsAreGoneIsKeptAndPassesOverThem) {
  const TaskSetup setup("gap", 1, false);
  const TaskOptions options = Options(setup);
  ProduceAll(setup.inputs[0], Numbered(0, 50));
  RunUntil(options, setup, 50);
  ProduceAll(setup.inputs[0], Numbered(50, 100));
  const int64_t first = ReadAll(setup.inputs[0]).at(80).offset;
  DeleteRecordsBefore(setup.inputs[0], first);
  ExpectBlocked(options, setup, kLogCut);
  Touch(options);
  RunUntil(options, setup, 20);
  EXPECT_THAT(Log(), HasSubstr("passes over offsets"));
  EXPECT_THAT(Log(), HasSubstr(absl::StrCat(" to ", first - 1, " of ", setup.inputs[0].topic)));
  const auto content = Content(options.state_folder);
  EXPECT_EQ(content.at("count"), "70");
  EXPECT_TRUE(content.contains(absl::StrCat("seen/", setup.inputs[0].topic, "/value-0")));
  EXPECT_FALSE(content.contains(absl::StrCat("seen/", setup.inputs[0].topic, "/value-60")));
}

TEST_F(BlockedTest, WithACutJournalATaskGoesOnWhereItsOffsetsAre) {
  const TaskSetup setup("cut-journal", 2, true);
  TaskOptions options = Options(setup);
  // What is read from its beginning whatever happens: rules.
  options.first = {setup.inputs[0]};
  ProduceAll(setup.inputs[0], {"rules"});
  ProduceAll(setup.inputs[1], Numbered(0, 50));
  RunUntil(options, setup, 51);
  const auto journal = ReadAll(*setup.journal);
  DeleteRecordsBefore(*setup.journal, journal.back().offset);
  DeleteRecordsBefore(setup.inputs[1], 30);
  fs::remove_all(options.state_folder);
  ExpectBlocked(options, setup, kLogCut);
  ProduceAll(setup.inputs[1], Numbered(50, 60));
  Touch(options);
  RunUntil(options, setup, 11);
  auto content = Content(options.state_folder);
  EXPECT_EQ(content.at("count"), "11");
  EXPECT_TRUE(content.contains(absl::StrCat("seen/", setup.inputs[0].topic, "/rules")));
  EXPECT_FALSE(content.contains(absl::StrCat("seen/", setup.inputs[1].topic, "/value-49")));
  EXPECT_TRUE(content.contains(absl::StrCat("seen/", setup.inputs[1].topic, "/value-50")));
  // The journal has no gap: a kill now would be replayed.
  ProduceAll(setup.inputs[1], Numbered(60, 70));
  RunUntil(options, setup, 10);
  const auto whole = ReadAll(*setup.journal);
  v1::JournalRecord last, after;
  ASSERT_TRUE(last.ParseFromString(journal.back().value));
  ASSERT_TRUE(after.ParseFromString(whole.at(1).value));
  EXPECT_EQ(after.sequence(), last.sequence() + 1);
}

TEST_F(BlockedTest, AnotherGenerationOfATopicIsReadFromItsBeginningWhenAskedFor) {
  const TaskSetup setup("generation", 1, false);
  const TaskOptions options = Options(setup);
  ProduceAll(setup.inputs[0], Numbered(0, 50));
  RunUntil(options, setup, 50);
  RemakeTopic(setup.inputs[0].topic);
  ProduceAll(setup.inputs[0], {"x", "y"});
  ExpectBlocked(options, setup, kOtherTopics);
  Touch(options);
  RunUntil(options, setup, 2);
  EXPECT_EQ(Content(options.state_folder).at("count"), "2");
  EXPECT_TRUE(fs::exists(options.state_folder + ".aside"));
}

}  // namespace
}  // namespace tocsin::testing
