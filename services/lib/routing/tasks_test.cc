// One of several router tasks (docs/decisions/0025): what it says of itself, and a scenario's time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

RouterOptions Of(RouterTask task, ClockMode clock = ClockMode::kScenario) {
  return {.keyed_partitions = 4, .clock = clock, .margin = std::chrono::seconds(10), .task = task};
}

TEST(RouterTasks, EveryRecordThatIsForAllNamesItsTask) {
  Timeline line(Of({1, 3}));
  ASSERT_TRUE(line.Feed(kRules, Documents()[0]).ok());
  line.Activate();
  const auto controls = line.Records<Control>();
  ASSERT_THAT(controls, SizeIs(4));
  EXPECT_EQ(controls[0].router, (RouterTask{1, 3}));
  // Where the activation lies: after that document and all of them.
  EXPECT_EQ(controls[0].rules_offset, std::ssize(Documents()) + 1);
  EXPECT_EQ(line.Close()->router, (RouterTask{1, 3}));
  ASSERT_TRUE(line.Feed(Sitreps("west", 1), MakeEvent("west", "1", 5, kStart)).ok());
  for (const Insert& insert : line.Records<Insert>()) EXPECT_EQ(insert.event.router, 1);

  // A rule whose keys are others needs events.
  line.Close();
  line.Activate(Replaced(Documents(), "group_by: [corridor]", "group_by: [mission]"));
  ASSERT_THAT(line.router().backfilling(), SizeIs(1));
  line.Close();
  for (const ReadAgain& part : line.router().Rereads()) {
    EXPECT_EQ(part.source.partition, 1) << "only what it has read itself";
    line.router().Skip(AgainSource(part.source), part.to - 1, line.state());
  }
  line.effects() = {};
  line.Close();
  const auto done = line.Records<BackfillDone>();
  ASSERT_THAT(done, SizeIs(4));
  EXPECT_EQ(done[0].router, (RouterTask{1, 3}));
}

TEST(RouterTasks, AThrottleIsToldWithItsPlaceAmongTheRules) {
  Timeline line(Of({0, 2}));
  line.Activate();
  ASSERT_TRUE(line.Feed(kRules, Throttle{RuleId("by-area"), line.router().rules_digest(), 0}).ok());
  const auto controls = line.Records<Control>();
  ASSERT_THAT(controls, SizeIs(4));
  EXPECT_EQ(controls[0].rules_offset, std::ssize(Documents()) + 1);
}

TEST(RouterTasks, TheOnlyOneIsNotNamed) {
  Timeline line;
  line.Activate();
  EXPECT_EQ(line.Records<Control>()[0].router, RouterTask());
  EXPECT_EQ(line.Records<Control>()[0].rules_offset, 0);
  EXPECT_EQ(line.Close()->router, RouterTask());
}

TEST(RouterTasks, AStateOfAnotherTaskIsRefusedWithBothNumbers) {
  Timeline line(Of({1, 2}));
  line.Activate();
  line.Restart();
  for (const RouterTask& task : {RouterTask{0, 2}, RouterTask{1, 3}, RouterTask{0, 1}}) {
    const absl::Status status = Router(Of(task), MakeBoxes).Load(line.state());
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("router task 1 of 2"));
  }
  Timeline one;
  one.Activate();
  EXPECT_TRUE(absl::IsFailedPrecondition(Router(Of({0, 2}), MakeBoxes).Load(one.state())));
  MemoryState empty;
  EXPECT_TRUE(absl::IsInvalidArgument(Router(Of({2, 2}), MakeBoxes).Load(empty)));
}

TEST(RouterTasks, AScenariosTimeIsThatOfAllSources) {
  Timeline line(Of({0, 2}));
  line.Activate();
  ASSERT_TRUE(line.Feed(MakeEvent("west", "1", 5, kStart)).ok());
  SourceTime own;
  own.source = Sitreps("west");
  own.status = SourceStatus::kAtEnd;
  line.Observe({.clock = kUnknownTime, .sources = {own}, .beat = false});
  line.Close();
  const Event other = MakeEvent("west", "2", 5, kStart + kDay);
  line.effects() = {};
  line.router().Heed(Sitreps("west", 1), other, line.state());
  EXPECT_THAT(line.effects().keyed, IsEmpty()) << "another one routes it";
  const std::optional<Tick> tick = line.Close();
  ASSERT_TRUE(tick) << "time is news";
  EXPECT_EQ(tick->clock, other.accepted);
  ASSERT_THAT(tick->sources, SizeIs(1)) << "it is no source of this one";
  EXPECT_EQ(EvaluatedUpTo(*tick), other.accepted - std::chrono::seconds(10));
  // What says nothing new, or cannot be used.
  line.router().Heed(Sitreps("west", 1), other, line.state());
  Event unusable = MakeEvent("west", "3", 5, kStart + 2 * kDay);
  unusable.identity.mission = MissionId("east");
  line.router().Heed(Sitreps("west", 1), unusable, line.state());
  EXPECT_FALSE(line.Close());
  line.Restart();
  EXPECT_EQ(line.router().clock(), other.accepted);
}

TEST(RouterTasks, TheMachinesTimeIsNobodyElses) {
  Timeline line(Of({0, 2}, ClockMode::kWall));
  line.Activate();
  line.Close();
  line.router().Heed(Sitreps("west", 1), MakeEvent("west", "2", 5, kStart), line.state());
  EXPECT_FALSE(line.Close());
  EXPECT_EQ(line.router().clock(), kUnknownTime);
}

}  // namespace
}  // namespace tocsin::testing_pack
