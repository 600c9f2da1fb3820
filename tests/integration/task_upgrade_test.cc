// Two semantics versions of one task over a real broker: what the offsets say of who told what
// decides which state one goes on from (docs/decisions/0024).
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/task/blocked.h"
#include "tests/integration/task_testing.h"

namespace tocsin::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class UpgradeTest : public ::testing::Test {
 protected:
  UpgradeTest() {
    former_.checkpoint_folder = setup_.state_folder + "-checkpoints";
    former_.checkpoint_every = std::chrono::milliseconds(20);
    former_.semantics = "toy 1";
    next_ = former_;
    next_.semantics = "toy 2";
    next_.upgrades_from = {"toy 1"};
  }

  void Come(const std::string& value) {
    values_.push_back(value);
    ProduceAll(setup_.inputs[0], {value});
  }
  // In order, until it has read so many and has a checkpoint of where it is then.
  void Run(const TaskOptions& options, int64_t records) {
    TaskThread task(options, core_);
    EXPECT_TRUE(
        Eventually([&] { return task.Sum().records_in == records && task.Sum().checkpoints > 0; }));
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  void ExpectBlocked(const TaskOptions& options, const std::string& what_to_do) {
    const absl::Status status = TaskRunner(options, core_).Run({});
    EXPECT_EQ(BlockedBy(status), kOtherBuild) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what_to_do));
    EXPECT_THAT(std::string(status.message()), HasSubstr("touch " + options.state_folder));
  }
  // Of the same task, with a copy of its state, or none, and other checkpoints, or none.
  TaskOptions Elsewhere(TaskOptions options, const std::string& stem) {
    options.state_folder = setup_.state_folder + "-" + stem;
    options.checkpoint_folder = options.state_folder + "-checkpoints";
    return options;
  }
  void Copy(const fs::path& from, const fs::path& to) {
    fs::copy(from, to, fs::copy_options::recursive);
  }
  void ExpectAllTold() {
    EXPECT_EQ(Values(ReadAll(setup_.output, values_.size())), Expected(setup_.inputs[0], values_));
  }

  const TaskSetup setup_{"upgrade", 1, false};
  TaskOptions former_ = setup_.Options();
  TaskOptions next_;
  ToyCore core_{setup_.output};
  std::vector<std::string> values_;
};

TEST_F(UpgradeTest, TheNextBuildGoesOnFromAStateThatStandsAtTheOffsetsAndFromNoOther) {
  Come("a");
  Run(former_, 1);
  const TaskOptions behind = Elsewhere(next_, "behind");
  Copy(former_.state_folder, behind.state_folder);
  Come("b");
  Run(former_, 1);
  Come("c");
  ExpectBlocked(behind, "Start the build of toy 1 once more and stop it in order");
  ExpectBlocked(Elsewhere(next_, "empty"), "Start the build of toy 1 once more");
  // It has touched nothing: the former build makes the lost state again, which the next takes over.
  const TaskOptions empty = Elsewhere(former_, "empty");
  {
    TaskThread task(empty, core_);
    EXPECT_TRUE(Eventually([&] { return task.Sum().records_in == 1; }));
    EXPECT_EQ(task.Stop(), absl::OkStatus());
  }
  Come("d");
  Run(Elsewhere(next_, "empty"), 1);
  ExpectAllTold();
}

TEST_F(UpgradeTest, AfterItOnlyWhatTheNextBuildMadeSinceIsOfUse) {
  Come("a");
  Run(former_, 1);
  const std::string old_checkpoints = setup_.state_folder + "-old-checkpoints";
  Copy(former_.checkpoint_folder, old_checkpoints);
  const TaskOptions zombie = Elsewhere(former_, "zombie");
  Copy(former_.state_folder, zombie.state_folder);
  Come("b");
  Run(next_, 1);
  ExpectBlocked(former_, "begin anew");
  ExpectBlocked(zombie, "Start the build of toy 2 instead");
  const std::string since = "told what there is only since";
  // A lost disk; an old copy of the state; checkpoints of the former build only.
  ExpectBlocked(Elsewhere(next_, "lost"), since);
  const TaskOptions copy = Elsewhere(next_, "copy");
  Copy(zombie.state_folder, copy.state_folder);
  ExpectBlocked(copy, since);
  TaskOptions old = Elsewhere(next_, "old");
  old.checkpoint_folder = old_checkpoints;
  ExpectBlocked(old, since);
  // With a checkpoint of its own it goes on, in place of an old copy, too.
  TaskOptions loading = copy;
  loading.checkpoint_folder = next_.checkpoint_folder;
  Come("c");
  Run(loading, 1);
  ExpectAllTold();
  // A person may give up what was told before.
  const TaskOptions anew = Elsewhere(next_, "lost");
  std::ofstream(BeginAnewMark(anew.state_folder)) << "";
  Come("d");
  Run(anew, 1);
  EXPECT_FALSE(fs::exists(BeginAnewMark(anew.state_folder)));
  ExpectAllTold();
  ExpectBlocked(Elsewhere(next_, "lost-again"), since);
}

}  // namespace
}  // namespace tocsin::testing
