#include "tocsinctl/change_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void Again(v1::EvaluatedUpTo& task, const std::string& topic, int32_t partition, int64_t next,
           int64_t end) {
  v1::ReadAgain* const again = task.mutable_tick()->add_again();
  again->mutable_source()->set_topic(topic);
  again->mutable_source()->set_partition(partition);
  again->mutable_source()->set_offset(next);
  again->set_end(end);
}

TEST(ChangeProgressTest, WithoutAChangeThereIsNothingToSay) {
  EXPECT_THAT(LinesOf(ChangeProgressOf({})), IsEmpty());
  EXPECT_THAT(LinesOf(ChangeProgressOf(std::vector<v1::EvaluatedUpTo>(4))), IsEmpty());
}

TEST(ChangeProgressTest, TheLatestTaskSaysHowFarTheReadingIs) {
  std::vector<v1::EvaluatedUpTo> tasks(3);
  tasks[0].mutable_tick()->set_clock_us(5);
  tasks[0].add_backfilling("b");
  Again(tasks[0], "mission.unamid.sitreps.v1", 0, 1, 16'000);
  tasks[1].mutable_tick()->set_clock_us(7);
  tasks[1].add_backfilling("a");
  tasks[1].add_backfilling("b");
  Again(tasks[1], "mission.unamid.sensors.v1", 0, 0, 900);
  Again(tasks[1], "mission.unamid.sitreps.v1", 0, 12'000, 16'000);
  Again(tasks[1], "mission.unamid.sitreps.v1", 1, 400, 1'015'000);
  Again(tasks[1], "mission.unmis.sitreps.v1", 0, 10, 10);
  const ChangeProgress progress = ChangeProgressOf(tasks);
  EXPECT_THAT(LinesOf(progress),
              ElementsAre("a, b: reading again, unamid sensors 0 of 900; unamid sitreps 12,400 of "
                          "1,031,000; 1 of 3 topics are done"));
  EXPECT_EQ(ToJson(progress)["read_again"]["mission.unamid.sitreps.v1"]["done"], 12'400);
}

TEST(ChangeProgressTest, EachTaskReconcilesForItself) {
  std::vector<v1::EvaluatedUpTo> tasks(4);
  tasks[1].add_reconciling("a");
  tasks[2].add_reconciling("a");
  tasks[2].add_reconciling("b");
  EXPECT_THAT(LinesOf(ChangeProgressOf(tasks)),
              ElementsAre("a: what stands is reconciled in 2 of 4 partitions",
                          "b: what stands is reconciled in 3 of 4 partitions"));
}

}  // namespace
}  // namespace tocsin::ctl
