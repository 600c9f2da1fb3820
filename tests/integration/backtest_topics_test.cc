// `tocsinctl backtest` over the missions' topics of a broker: the same bytes as over the files that
// the reports came from, in whatever order the records lie.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/filing/records.h"
#include "lib/kafka/topic_set.h"
#include "tests/integration/kafka_fixture.h"
#include "tocsinctl/backtest.h"
#include "tocsinctl/run_ctl_testing.h"

namespace tocsin {
namespace {

using ctl::Ended;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPlay[] = "data/exercise/play.yaml";
constexpr char kExercise[] = "EX-FIRST-LIGHT";

std::string TopicOf(const Report& report) {
  const MissionId& mission = report.event.identity.mission;
  return report.stream == Stream::kSensor ? SensorsTopic(mission) : SitrepsTopic(mission);
}

// The reports of the demo's play with the accept times that a backtest of its files gives them.
const std::vector<Report>& Filed() {
  static const std::vector<Report> reports = [] {
    auto world = ctl::World::Load("rules");
    EXPECT_TRUE(world.ok()) << world.status();
    ctl::BacktestOptions options;
    options.files = {kPlay};
    auto loaded = ctl::LoadHistory(*std::move(world), options);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded->history.reports;
  }();
  return reports;
}

std::vector<MissionId> Missions() {
  std::set<MissionId> missions;
  for (const Report& report : Filed()) missions.insert(report.event.identity.mission);
  return {missions.begin(), missions.end()};
}

// As ingest writes it: a feed's reports in one partition, others by their id.
OutputRecord RecordOf(const Report& report, int32_t partitions) {
  const bool sensor = report.stream == Stream::kSensor;
  const auto feed = report.event.attributes.find("feed");
  const std::string key = sensor && feed != report.event.attributes.end()
                              ? feed->second
                              : report.event.identity.id.str();
  return ToRecord(report.event, {TopicOf(report), PartitionOf(key, partitions)}, key,
                  sensor ? "sensors" : "sitreps", std::nullopt);
}

class BacktestTopicsTest : public ::testing::Test {
 protected:
  // Topics without records: what an earlier test wrote is gone, as if retention had taken it.
  void SetUp() override {
    const KafkaConfig kafka = testing::KafkaBroker::Get().config();
    TopicSetOptions options;
    options.missions = Missions();
    std::vector<TopicSpec> specs;
    for (TopicSpec& spec : ProjectTopics(options)) {
      if (spec.name.ends_with(".sitreps.v1") || spec.name.ends_with(".sensors.v1")) {
        specs.push_back(std::move(spec));
      }
    }
    ASSERT_TRUE(EnsureTopics(kafka, specs).ok());
    constexpr int64_t kEnd = -1;
    for (const TopicSpec& spec : specs) {
      for (int32_t p = 0; made_ && p < spec.partitions; ++p) {
        testing::DeleteRecordsBefore({spec.name, p}, kEnd);
      }
    }
    made_ = true;
    folder_ = testing::KafkaBroker::Get().Folder("backtest");
    nlohmann::json context = {{"kafka", {{"bootstrap_servers", kafka.bootstrap_servers}}}};
    for (const MissionId& mission : Missions()) {
      context["missions"][mission.str()] = nlohmann::json::object();
    }
    std::ofstream(folder_ + "/tocsinctl.yaml") << context.dump();
  }

  static void Produce(const std::vector<OutputRecord>& records) {
    auto producer = Producer::Create(testing::KafkaBroker::Get().config(), "as-ingest");
    ASSERT_TRUE(producer.ok()) << producer.status();
    std::atomic<size_t> delivered = 0;
    for (const OutputRecord& record : records) {
      ASSERT_TRUE((*producer)
                      ->Produce(record,
                                [&](const absl::StatusOr<int64_t>& offset) {
                                  if (offset.ok()) ++delivered;
                                })
                      .ok());
    }
    ASSERT_TRUE((*producer)->Flush(std::chrono::seconds(30)).ok());
    ASSERT_EQ(delivered, records.size());
  }

  // Its exit status and output, and the warnings that it wrote.
  struct Result {
    Ended ended;
    std::string lines;
  };
  Result Backtest(const std::string& arguments) const {
    const std::string out = folder_ + "/warnings.ndjson";
    std::filesystem::remove(out);
    Result result;
    result.ended = ctl::RunCtl(StrCat("--context ", folder_, "/tocsinctl.yaml backtest ", arguments,
                                      " --exercise ", kExercise, " --out ", out));
    std::stringstream text;
    text << std::ifstream(out).rdbuf();
    result.lines = text.str();
    return result;
  }

  std::string folder_;
  inline static bool made_ = false;
};

TEST_F(BacktestTopicsTest, TopicsGiveTheBytesThatFilesGive) {
  std::vector<OutputRecord> records;
  for (const Report& report : Filed()) records.push_back(RecordOf(report, 2));
  Produce(records);
  const Result files = Backtest(StrCat("--events ", kPlay));
  ASSERT_THAT(files.lines, HasSubstr("attacks-near-border"));
  const Result topics = Backtest("--topics");
  EXPECT_EQ(topics.ended.status, 0) << topics.ended.output;
  EXPECT_TRUE(topics.lines == files.lines) << topics.ended.output;

  // So does the question how far a rule is from a warning.
  const auto explain = [&](const std::string& where) {
    return ctl::RunCtl(StrCat("--json --context ", folder_,
                              "/tocsinctl.yaml rules explain attacks-near-border --exercise ",
                              kExercise, " --at 2009-01-20 ", where));
  };
  const Ended of_files = explain(StrCat("--events ", kPlay));
  const Ended of_topics = explain("--topics");
  EXPECT_EQ(of_topics.status, 0) << of_topics.output;
  const size_t first = of_files.output.find("{\"");
  ASSERT_NE(first, std::string::npos) << of_files.output;
  EXPECT_THAT(of_topics.output, HasSubstr(of_files.output.substr(first)));

  // Both ways of leaving out what was not known then, or not told yet.
  const std::string part = " --from 2009-01-01 --to 2009-01-20";
  const Result part_of_files = Backtest(StrCat("--events ", kPlay, part));
  ASSERT_NE(part_of_files.lines, files.lines);
  ASSERT_NE(part_of_files.lines, "");
  EXPECT_TRUE(Backtest("--topics" + part).lines == part_of_files.lines);

  // Of the missions that are named, and of nobody else.
  const Result one = Backtest("--topics --missions unamid");
  EXPECT_THAT(one.ended.output,
              AllOf(HasSubstr("mission.unamid.sitreps.v1[1]: "), Not(HasSubstr("minurcat.si"))));
  EXPECT_NE(one.lines, files.lines);
}

TEST_F(BacktestTopicsTest, OtherOrdersAndBadRecordsChangeNothing) {
  // Mission by mission from the last on, each half written twice as after a lost answer, and with
  // what a backtest must not take.
  std::vector<Report> reports = Filed();
  std::stable_sort(reports.begin(), reports.end(), [](const Report& a, const Report& b) {
    return b.event.identity.mission < a.event.identity.mission;
  });
  std::vector<OutputRecord> records;
  for (size_t i = 0; i < reports.size(); ++i) {
    records.push_back(RecordOf(reports[i], 2));
    if (i % 2 == 0) records.push_back(records.back());
  }
  const Report& good = reports.front();
  const SourceId source = records.front().target;
  Report actual = good;
  actual.event.status = Status::kActual;
  actual.event.exercise_id = "";
  Report stranger = good;
  stranger.event.identity.mission = MissionId("mars");
  Report timeless = good;
  timeless.event.accepted = kUnknownTime;
  for (const Report& report : {actual, stranger, timeless}) {
    OutputRecord record = RecordOf(report, 2);
    record.target = source;
    records.push_back(std::move(record));
  }
  OutputRecord garbage = records.front();
  garbage.value = "no report";
  records.push_back(garbage);
  garbage.tombstone = true;
  records.push_back(garbage);
  Produce(records);

  const Result files = Backtest(StrCat("--events ", kPlay));
  const Result topics = Backtest("--topics");
  EXPECT_TRUE(topics.lines == files.lines);
  EXPECT_EQ(topics.ended.status, 1) << "it says that something cannot be read";
  EXPECT_THAT(
      topics.ended.output,
      AllOf(HasSubstr("1 of another status or exercise, 4 that are no reports"),
            HasSubstr("mission: is not the mission whose topic this is"),
            HasSubstr("accepted_us: is missing"), HasSubstr("value: is no tocsin.v1.Event")));
}

TEST_F(BacktestTopicsTest, WhatCannotBeReadIsSaid) {
  const Ended both = ctl::RunCtl(StrCat("backtest --topics --events ", kPlay));
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.output, HasSubstr("give --events FILE or --topics"));
  const Result nobody = Backtest("--topics --missions mars");
  EXPECT_EQ(nobody.ended.status, 4);
  EXPECT_THAT(nobody.ended.output, HasSubstr("mission.mars.sensors.v1"));
}

}  // namespace
}  // namespace tocsin
