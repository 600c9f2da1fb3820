// What is read again, as far as no broker is needed; tests/integration runs the whole.
#include "lib/task/rereader.h"

#include <filesystem>

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "lib/task/task_metrics.h"
#include "lib/task/token_bucket.h"

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

// Wants what it is told to want; finds "bad" records bad.
class WantingCore final : public TaskCore {
 public:
  absl::Status Load(const ReadState&) override { return absl::OkStatus(); }
  absl::Status Step(const InputRecord& record, State& state, TaskEffects&) override {
    if (record.value == "bad") return absl::InvalidArgumentError("a bad record");
    state.Put("seen", record.value);
    return absl::OkStatus();
  }
  void Skip(const SourceId&, int64_t offset, State& state) override {
    state.Put("skipped", absl::StrCat(offset));
  }
  std::string EncodeObservation(const std::vector<SourceObservation>&, bool) override { return {}; }
  absl::Status Observe(std::string_view, State&, TaskEffects&) override { return absl::OkStatus(); }
  std::vector<Reread> Rereads() const override { return wanted; }
  absl::Status Close(State&, TaskEffects&) override { return absl::OkStatus(); }

  std::vector<Reread> wanted;
};

class RereaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tocsin-reread-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<CrashGuard> Start() const {
    auto guard = CrashGuard::Open((folder_ / "state").string(), {});
    EXPECT_TRUE(guard.ok()) << guard.status();
    return std::move(*guard);
  }

  std::filesystem::path folder_;
};

TEST(TokenBucketTest, BoundsTheRateAndWhatComesAtOnce) {
  using std::chrono::milliseconds;
  task_internal::TokenBucket bucket(1000);
  auto now = task_internal::TokenBucket::Clock::time_point(std::chrono::hours(1));
  EXPECT_EQ(bucket.Available(now), 100u);
  bucket.Spend(100);
  EXPECT_EQ(bucket.Available(now), 0u);
  EXPECT_EQ(bucket.Available(now += milliseconds(10)), 10u);
  EXPECT_EQ(bucket.Available(now), 10u) << "asking takes nothing and gives nothing";
  bucket.Spend(4);
  EXPECT_EQ(bucket.Available(now += milliseconds(5)), 11u);
  EXPECT_EQ(bucket.Available(now += std::chrono::hours(1)), 100u) << "nothing is saved up";

  // Asked often, as much as asked seldom.
  size_t spent = 0;
  task_internal::TokenBucket slow(1);
  EXPECT_EQ(slow.Available(now), 1u);
  for (int i = 0; i <= 10'000; ++i) {
    const size_t available = slow.Available(now + milliseconds(i));
    slow.Spend(available);
    spent += available;
  }
  EXPECT_GE(spent, 10u);
  EXPECT_LE(spent, 11u);
}

TEST_F(RereaderTest, WhatIsReadAgainMovesNoPositionAndItsDeadLettersNameTheOrigin) {
  WantingCore core;
  const auto guard = Start();
  const std::string name = "t-0";
  task_internal::Feeder feeder{core, *guard, name, kB, true};
  const MemoryState store;
  task_internal::Batch batch(store, {});
  EXPECT_TRUE(batch.IsEmpty());
  ASSERT_TRUE(feeder.Feed(Record(AgainSource(kA), 1, "one"), false, batch).ok());
  ASSERT_TRUE(feeder.Feed(Record(AgainSource(kA), 2, "bad"), false, batch).ok());
  feeder.End(AgainSource(kA), 7, batch);
  EXPECT_TRUE(batch.after.next.empty());
  EXPECT_EQ(batch.writes.Get("seen"), "one");
  EXPECT_EQ(batch.writes.Get("skipped"), "6");
  EXPECT_EQ(batch.journal.steps(0).span().end(), 7);
  v1::DeadLetter letter;
  ASSERT_TRUE(letter.ParseFromString(batch.dead_letters.at(0).value));
  EXPECT_EQ(letter.origin().topic(), kA.topic);
  EXPECT_EQ(letter.origin().offset(), 2);
  EXPECT_THAT(letter.cause().reason(), HasSubstr("read again"));

  // The end alone is something to commit.
  task_internal::Batch end(store, {});
  feeder.End(AgainSource(kA), 0, end);
  EXPECT_FALSE(end.IsEmpty());
  EXPECT_EQ(end.writes.Get("skipped"), "-1");
}

TEST_F(RereaderTest, ACrashOfWhatIsReadAgainIsForgottenOnceTheCoreIsPast) {
  WantingCore core;
  const SourceId again = AgainSource({std::string(249, 'x'), 2});
  Start()->Enter(again, 5);
  const MemoryState store;
  const auto guard = Start();
  ASSERT_EQ(guard->crashes().size(), 1u);
  EXPECT_EQ(guard->crashes().begin()->first, std::pair(again, int64_t{5}));
  core.wanted = {{.source = *OriginalOf(again), .from = 5, .to = 9}};
  EXPECT_EQ(task_internal::Passed(store, *guard, core), (CrashGuard::Position{{again, 5}}));
  guard->OrderlyStop({{again, 5}});
  EXPECT_EQ(guard->crashes().size(), 1u);
  core.wanted.clear();
  EXPECT_EQ(task_internal::Passed(store, *guard, core), (CrashGuard::Position{{again, 6}}));
  guard->OrderlyStop({{again, 6}});
  EXPECT_TRUE(guard->crashes().empty());
}

// No broker is asked for any of these.
TEST_F(RereaderTest, WhatHoldsNothingIsReadAgainAtOnce) {
  WantingCore core;
  const auto guard = Start();
  TaskOptions options;
  options.name = "t";
  options.inputs = {kA};
  task_internal::Feeder feeder{core, *guard, options.name, kB, true};
  const std::vector<Reread> wanted = {{.source = kA, .from = 4, .to = 4},
                                      {.source = kB, .from = 0, .to = 9}};
  const auto quiet = [](int, const std::string&) {};
  const auto world = MakeRealWorld();
  task_internal::Rereader refused(*world, options, feeder, quiet);
  EXPECT_EQ(refused.Want(wanted).code(), absl::StatusCode::kInternal) << "without a journal";
  options.journal = kB;
  task_internal::Rereader rereader(*world, options, feeder, quiet);
  ASSERT_TRUE(rereader.Want(wanted).ok());
  EXPECT_EQ(rereader.left(), (std::map<SourceId, int64_t>{{kA, 0}, {kB, 9}}));
  const MemoryState store;
  task_internal::Batch batch(store, {});
  while (rereader.IsActive()) {
    ASSERT_TRUE(rereader.Fill(10, std::chrono::steady_clock::now(), batch).ok());
  }
  ASSERT_EQ(batch.journal.steps_size(), 2);
  EXPECT_EQ(batch.journal.steps(0).span().end(), 4);
  EXPECT_EQ(batch.journal.steps(1).span().topic(), AgainSource(kB).topic) << "an input no longer";
  EXPECT_EQ(batch.writes.Get("skipped"), "8");
}

// Label values of topic and the gauge's value.
std::map<std::string, double> Gauges(Ops& ops, const std::string& name) {
  std::map<std::string, double> gauges;
  for (const prometheus::MetricFamily& family : ops.registry().Collect()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& label : metric.label) {
        if (label.name == "topic") gauges[label.value] = metric.gauge.value;
      }
    }
  }
  return gauges;
}

TEST(TaskMetricsTest, WhatIsLeftToReadAgainComesToNothing) {
  const auto ops = Ops::Start("127.0.0.1", 0);
  ASSERT_TRUE(ops.ok()) << ops.status();
  TaskMetrics metrics(**ops, "t-0");
  TaskReport report;
  report.reread_left = {{kA, 7}, {kB, 3}};
  metrics.Update(report);
  EXPECT_EQ(Gauges(**ops, "tocsin_task_reread_left"),
            (std::map<std::string, double>{{"topic-a", 7}, {"topic-b", 3}}));
  report.reread_left.erase(kA);
  metrics.Update(report);
  EXPECT_EQ(Gauges(**ops, "tocsin_task_reread_left"),
            (std::map<std::string, double>{{"topic-a", 0}, {"topic-b", 3}}));
}

}  // namespace
}  // namespace tocsin
