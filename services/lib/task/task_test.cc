// The parts of the shell that need no broker; tests/integration runs the whole.
#include <filesystem>
#include <fstream>

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/task/batch.h"
#include "lib/task/crash_guard.h"
#include "lib/task/dead_letter.h"
#include "lib/task/journal.h"
#include "lib/task/ledger.h"
#include "lib/task/observer.h"
#include "lib/task/task_runner.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

const SourceId kA{"topic-a", 0};
const SourceId kB{"topic-b", 3};

InputRecord Record(const SourceId& source, int64_t offset, const std::string& value) {
  InputRecord record;
  record.source = source;
  record.offset = offset;
  record.value = value;
  return record;
}

class GuardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-guard-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  // A run that begins at `next`; letting it go without OrderlyStop is a crash or a kill.
  std::unique_ptr<CrashGuard> Start(int64_t next) const {
    auto guard = CrashGuard::Open(state(), {{kA, next}});
    EXPECT_TRUE(guard.ok()) << guard.status();
    return std::move(*guard);
  }
  std::string state() const { return (folder_ / "state").string(); }

  std::filesystem::path folder_;
};

TEST_F(GuardTest, KillsOutsideTheCoreAndOrderlyStopsCountForNothing) {
  for (int i = 0; i < 5; ++i) {
    const auto guard = Start(10);
    guard->Enter(kA, 10);
    guard->Leave();
  }
  const auto guard = Start(10);
  EXPECT_TRUE(guard->crashes().empty());
  guard->OrderlyStop({{kA, 10}});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 0);
}

TEST_F(GuardTest, ARecordAtWhichThreeRunsEndedIsSkippedWhateverElseIsFedBetween) {
  for (int i = 0; i < 3; ++i) {
    const auto guard = Start(10);
    EXPECT_FALSE(guard->ShouldSkip(kA, 11)) << i;
    guard->Enter(kB, 100 + i);
    guard->Leave();
    guard->Enter(kA, 10);
    guard->Leave();
    guard->Enter(kA, 11);
  }
  {
    const auto guard = Start(10);
    EXPECT_TRUE(guard->ShouldSkip(kA, 11));
    EXPECT_FALSE(guard->ShouldSkip(kA, 10));
    EXPECT_FALSE(guard->ShouldSkip(kA, 12));
    EXPECT_FALSE(guard->ShouldSkip({kA.topic, 1}, 11));
    // Stopped before the state was past it: still known at the next start.
    guard->OrderlyStop({{kA, 11}});
  }
  const auto guard = Start(11);
  EXPECT_TRUE(guard->ShouldSkip(kA, 11));
  guard->OrderlyStop({{kA, 12}});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 0);
}

TEST_F(GuardTest, ARecordThatTheStateIsPastIsNotBlamed) {
  for (int64_t next = 10; next < 15; ++next) Start(next)->Enter(kA, next - 1);
  EXPECT_TRUE(Start(15)->crashes().empty());
}

TEST_F(GuardTest, AnUnreadableFileIsAClearErrorAndACutMarkIsNone) {
  std::ofstream(state() + ".mark") << "cut";
  EXPECT_TRUE(Start(1)->crashes().empty());
  std::ofstream(state() + ".crashes") << "{";
  const auto guard = CrashGuard::Open(state(), {});
  EXPECT_EQ(guard.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(guard.status().message()), HasSubstr("remove the file"));
}

TEST(LedgerTest, PositionsComeBackAsTheyWere) {
  MemoryState state;
  EXPECT_EQ(ReadPosition(state), TaskPosition());
  TaskPosition position;
  position.next = {{kA, 7}, {kB, 1234567890123}};
  position.journal_sequence = 5;
  position.journal_offset = 11;
  WritePosition({}, position, state);
  EXPECT_EQ(ReadPosition(state), position);
  TaskPosition later = position;
  later.next[kA] = 9;
  WritePosition(position, later, state);
  EXPECT_EQ(ReadPosition(state), later);
}

TEST(LedgerTest, AStateOfAnotherIdentityIsRefused) {
  const TaskIdentity mine{.cluster = "c", .semantics = "1", .epochs = {{"t", "e1"}, {"old", ""}}};
  MemoryState state;
  ASSERT_TRUE(CheckIdentity("/folder", mine, state).ok());
  ASSERT_TRUE(CheckIdentity("/folder", mine, state).ok());
  TaskPosition position;
  position.next = {{kA, 7}};
  WritePosition({}, position, state);
  TaskIdentity more = mine;
  more.epochs["new"] = "e2";
  EXPECT_TRUE(CheckIdentity("/folder", more, state).ok()) << "a topic that joined";
  TaskIdentity cluster = mine;
  cluster.cluster = "other";
  TaskIdentity semantics = mine;
  semantics.semantics = "2";
  TaskIdentity epoch = mine;
  epoch.epochs["t"] = "e9";
  for (const TaskIdentity& other : {cluster, semantics, epoch}) {
    const absl::Status status = CheckIdentity("/folder", other, state);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("/folder"));
  }
}

TEST(LedgerTest, AStateOfAnotherFormatIsNotForThisBuildToRead) {
  MemoryState state;
  EXPECT_TRUE(CheckStateFormat(4, state).ok()) << "it is new";
  const TaskIdentity mine{.cluster = "c", .semantics = "1", .epochs = {}, .state_format = 4};
  ASSERT_TRUE(CheckIdentity("/folder", mine, state).ok());
  EXPECT_TRUE(CheckStateFormat(4, state).ok());
  EXPECT_EQ(CheckStateFormat(5, state).code(), absl::StatusCode::kDataLoss);
}

TEST(JournalTest, RecordsInSuccessionMakeOneSpan) {
  v1::JournalRecord journal;
  AddRecord(kA, 4, false, journal);
  AddRecord(kA, 5, false, journal);
  AddRecord(kA, 8, true, journal);  // markers take offsets
  AddRecord(kB, 2, false, journal);
  v1::Observation observation;
  observation.set_beat(true);
  ASSERT_TRUE(AddObservation(observation.SerializeAsString(), journal).ok());
  AddRecord(kB, 3, false, journal);
  ASSERT_EQ(journal.steps_size(), 4);
  EXPECT_EQ(journal.steps(0).span().from(), 4);
  EXPECT_EQ(journal.steps(0).span().to(), 9);
  ASSERT_EQ(journal.steps(0).span().skipped_size(), 1);
  EXPECT_EQ(journal.steps(0).span().skipped(0), 8);
  EXPECT_EQ(journal.steps(1).span().topic(), "topic-b");
  EXPECT_TRUE(journal.steps(2).observation().beat());
  EXPECT_EQ(journal.steps(3).span().from(), 3);
  EXPECT_EQ(AddObservation("\x0f", journal).status().code(), absl::StatusCode::kInternal);
}

TEST(JournalTest, WhatIsReadAgainEndsOnce) {
  const SourceId again = AgainSource(kA);
  v1::JournalRecord journal;
  AddRecord(kA, 9, false, journal);
  AddRecord(again, 4, false, journal);
  AddRecord(again, 6, false, journal);
  AddEnd(again, 9, journal);  // a marker took 8
  AddRecord(again, 0, false, journal);
  AddRecord(kA, 10, false, journal);
  AddEnd(again, 0, journal);
  ASSERT_EQ(journal.steps_size(), 5);
  EXPECT_FALSE(journal.steps(0).span().has_end());
  EXPECT_EQ(journal.steps(1).span().topic(), "again/topic-a");
  EXPECT_EQ(journal.steps(1).span().from(), 4);
  EXPECT_EQ(journal.steps(1).span().to(), 7);
  EXPECT_EQ(journal.steps(1).span().end(), 9);
  EXPECT_EQ(journal.steps(2).span().from(), 0);
  EXPECT_FALSE(journal.steps(2).span().has_end());
  EXPECT_EQ(journal.steps(4).span().from(), 0);
  EXPECT_EQ(journal.steps(4).span().to(), 0);
  EXPECT_TRUE(journal.steps(4).span().has_end());
}

TEST(DeadLetterTest, NamesOriginHashAndCauseAndHoldsNoBytes) {
  const InputRecord record = Record(kA, 42, "secret text");
  const OutputRecord output = MakeDeadLetter(kB, "router-0", record, "unusable_record",
                                             "bad \xff byte\n" + std::string(500, 'x'));
  EXPECT_EQ(output.target, kB);
  EXPECT_EQ(output.value.find("secret"), std::string::npos);
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(output.value));
  EXPECT_EQ(letter.origin().topic(), "topic-a");
  EXPECT_EQ(letter.origin().offset(), 42);
  EXPECT_EQ(letter.sha256(), Sha256Hex("secret text"));
  EXPECT_EQ(letter.task(), "router-0");
  EXPECT_THAT(letter.cause().reason(), HasSubstr("bad ? byte?xxx"));
  EXPECT_EQ(letter.cause().reason().size(), 300u);
}

// Appends each value to the key "all"; "half" writes and then finds the record bad.
class AppendCore final : public TaskCore {
 public:
  absl::Status Load(const ReadState&) override { return absl::OkStatus(); }
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    state.Put("all", state.Get("all").value_or("") + record.value);
    effects.records.push_back(
        {.target = kB, .key = "", .value = record.value, .tombstone = false, .headers = {}});
    if (record.value == "half") return absl::InvalidArgumentError("half a record");
    if (record.value == "end") return absl::FailedPreconditionError("cannot go on");
    return absl::OkStatus();
  }
  void Skip(const SourceId&, int64_t offset, State& state) override {
    state.Put("skipped", absl::StrCat(offset));
  }
  std::string EncodeObservation(const std::vector<SourceObservation>&, bool) override { return {}; }
  absl::Status Observe(std::string_view, State&, TaskEffects&) override { return absl::OkStatus(); }
  absl::Status Close(State& state, TaskEffects&) override {
    state.Put("closed", "yes");
    return absl::OkStatus();
  }
};

TEST_F(GuardTest, ABadRecordLeavesADeadLetterAndNoOtherTrace) {
  AppendCore core;
  const auto guard = Start(0);
  const std::string name = "t-0";
  task_internal::Feeder feeder{core, *guard, name, kB, true};
  const MemoryState store;
  task_internal::Batch batch(store, {});
  ASSERT_TRUE(feeder.Feed(Record(kA, 1, "one"), false, batch).ok());
  ASSERT_TRUE(feeder.Feed(Record(kA, 2, "half"), false, batch).ok());
  ASSERT_TRUE(feeder.Feed(Record(kA, 3, "crash"), true, batch).ok());
  ASSERT_TRUE(feeder.Feed(Record(kA, 4, "two"), false, batch).ok());
  ASSERT_TRUE(feeder.Close(batch).ok());
  EXPECT_EQ(batch.writes.Get("all"), "onetwo");
  EXPECT_EQ(batch.writes.Get("skipped"), "3");
  EXPECT_EQ(batch.writes.Get("closed"), "yes");
  ASSERT_EQ(batch.outputs.size(), 2u);
  ASSERT_EQ(batch.dead_letters.size(), 2u);
  EXPECT_EQ(batch.after.next.at(kA), 5);
  EXPECT_EQ(batch.journal.steps(0).span().skipped(0), 3);
  EXPECT_EQ(feeder.Feed(Record(kA, 5, "end"), false, batch).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ObserverTest, TellsEveryChangeOnceAndBeatsInTime) {
  using std::chrono::milliseconds;
  task_internal::Observer observer({kA, kB}, milliseconds(1000));
  const auto start = task_internal::Observer::Clock::time_point(std::chrono::hours(1));
  EXPECT_FALSE(observer.IsUrgent(start)) << "nothing was seen yet";
  Consumer::Polled polled;
  polled.at_end = {kA};
  EXPECT_FALSE(observer.See(polled));
  ASSERT_TRUE(observer.IsUrgent(start));
  auto news = observer.News(start);
  ASSERT_TRUE(news.has_value());
  EXPECT_TRUE(news->beat);
  EXPECT_EQ(news->changed,
            (std::vector<SourceObservation>{{.source = kA, .at_end = true, .reachable = true},
                                            {.source = kB, .at_end = false, .reachable = true}}));
  EXPECT_FALSE(observer.News(start).has_value());

  // An end can wait, but is told with the next batch.
  polled.at_end = {kA, kB};
  observer.See(polled);
  EXPECT_FALSE(observer.IsUrgent(start + milliseconds(999)));
  news = observer.News(start + milliseconds(999));
  ASSERT_TRUE(news.has_value());
  EXPECT_FALSE(news->beat);
  EXPECT_EQ(news->changed,
            (std::vector<SourceObservation>{{.source = kB, .at_end = true, .reachable = true}}));
  EXPECT_TRUE(observer.IsUrgent(start + milliseconds(1000)));

  // A loss cannot.
  EXPECT_TRUE(observer.News(start + milliseconds(1000))->beat);
  polled.at_end = {kA};
  polled.unreachable = {kB};
  observer.See(polled);
  EXPECT_TRUE(observer.IsUrgent(start + milliseconds(1001)));
  EXPECT_FALSE(observer.News(start + milliseconds(1001))->changed.front().reachable);

  // After a drop everything is told again.
  observer.Forget();
  observer.See(polled);
  EXPECT_EQ(observer.News(start + milliseconds(1002))->changed.size(), 2u);
}

TEST(ObserverTest, IsCaughtUpWhenEverySourceHasBeenAtItsEndAtSomeTime) {
  task_internal::Observer observer({kA, kB}, std::chrono::milliseconds(1000));
  Consumer::Polled polled;
  polled.at_end = {kA};
  EXPECT_FALSE(observer.See(polled));
  polled.at_end = {kB};
  EXPECT_TRUE(observer.See(polled));
  polled.at_end = {};
  EXPECT_TRUE(observer.See(polled)) << "being behind again is lag";
  observer.Forget();
  EXPECT_FALSE(observer.See(polled));
}

TEST(TaskRunnerTest, RefusesOptionsThatCannotWork) {
  AppendCore core;
  TaskOptions options;
  options.name = "t";
  options.inputs = {kA, kB};
  TaskRunner runner(options, core);
  const absl::Status status = runner.Run({});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("journal"));
}

}  // namespace
}  // namespace tocsin
