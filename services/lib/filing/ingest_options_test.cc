#include "lib/filing/ingest_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::HasSubstr;

nlohmann::json Options() {
  nlohmann::json options = IngestDefaults();
  options["mission"] = "unamid";
  options["tls"] = {{"ca", "a"}, {"certificate", "b"}, {"key", "c"}};
  options["kafka"]["bootstrap_servers"] = "localhost:1";
  options["state_dir"] = "s";
  options["rules_dir"] = "r";
  return options;
}

TEST(IngestOptions, ReadsThem) {
  nlohmann::json options = Options();
  options["clock"] = "scenario";
  options["status"] = "exercise";
  options["exercise_id"] = "first-light";
  options["kafka"]["properties"]["session.timeout.ms"] = 1000;
  const auto parsed = ParseIngestOptions(options);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->mission, MissionId("unamid"));
  EXPECT_EQ(parsed->clock, ClockKind::kScenario);
  EXPECT_EQ(parsed->status, Status::kExercise);
  EXPECT_EQ(parsed->kafka.properties.at("session.timeout.ms"), "1000");
}

TEST(IngestOptions, NamesEveryProblem) {
  nlohmann::json options = Options();
  options["mission"] = "UNAMID 1";
  options["clock"] = "sundial";
  options["status"] = "rumour";
  options["listen"]["port"] = 70000;
  options["window"] = 0;
  options["log_level"] = "loud";
  const std::string text(ParseIngestOptions(options).status().message());
  for (const char* problem : {"mission: ", "clock: sundial", "status: ", "listen.port: 70000",
                              "window: 0", "log_level: "}) {
    EXPECT_THAT(text, HasSubstr(problem));
  }
}

TEST(IngestOptions, AnExerciseNeedsItsName) {
  nlohmann::json options = Options();
  options["status"] = "exercise";
  EXPECT_FALSE(ParseIngestOptions(options).ok());
}

TEST(IngestOptions, AFloorIsReadByItsWords) {
  const auto floor =
      ParseFloor("x", {{"classification", "strictly_confidential"}, {"tlp", "amber+strict"}});
  ASSERT_TRUE(floor.ok()) << floor.status();
  EXPECT_EQ(floor->classification, Classification::kStrictlyConfidential);
  EXPECT_EQ(floor->tlp, Tlp::kAmberStrict);
  EXPECT_THAT(ParseFloor("x", {{"tlp", "pink"}}).status().message(), HasSubstr("x.tlp: pink"));
  EXPECT_FALSE(ParseFloor("x", {{"colour", "red"}}).ok());
}

}  // namespace
}  // namespace tocsin
