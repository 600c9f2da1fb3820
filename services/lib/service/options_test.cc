#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/service/options_merge.h"
#include "lib/service/service.h"
#include "lib/service/yaml_json.h"

namespace tocsin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const Json& Defaults() {
  static const Json defaults = {
      {"mission", nullptr},
      {"listen", {{"address", "127.0.0.1"}, {"port", 9443}}},
      {"kafka", {{"bootstrap_servers", "localhost:9092"}, {"properties", Json::object()}}},
      {"margin_s", 1.5},
      {"verbose", false},
      {"feeds", Json::array()}};
  return defaults;
}

absl::StatusOr<Json> Merge(OptionLayers layers) {
  layers.file_name = "x.yaml";
  return MergeOptions("sitrep-ingest", Defaults(), layers);
}

TEST(YamlToJson, TellsQuotedFromPlain) {
  EXPECT_EQ(*YamlToJson("{a: 1, b: '1', c: true, d: ~, e: 1.5, f: [x, {y: z}]}"),
            Json::parse(R"({"a":1,"b":"1","c":true,"d":null,"e":1.5,"f":["x",{"y":"z"}]})"));
}

TEST(YamlToJson, NamesThePlaceOfAnError) {
  EXPECT_THAT(YamlToJson("a: 1\na: 2\n").status().message(),
              AllOf(HasSubstr("line 2"), HasSubstr("twice")));
  EXPECT_THAT(YamlToJson("a: [1\n").status().message(), HasSubstr("line"));
  EXPECT_FALSE(YamlToJson(std::string(100, '[') + std::string(100, ']')).ok());
}

TEST(MergeOptions, LaterLayersWin) {
  const auto options =
      Merge({.file_text = "mission: unamid\nlisten: {port: 1}\nmargin_s: 2\n",
             .environment = {{"TOCSIN_SITREP_INGEST_LISTEN_PORT", "2"},
                             {"TOCSIN_SITREP_INGEST_VERBOSE", "true"},
                             {"TOCSIN_HOME", "/elsewhere"}},
             .sets = {"listen.port=3", "feeds=[a, b]", "kafka.properties.security.protocol=ssl"}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ((*options)["mission"], "unamid");
  EXPECT_EQ((*options)["listen"]["port"], 3);
  EXPECT_EQ((*options)["listen"]["address"], "127.0.0.1");
  EXPECT_EQ((*options)["verbose"], true);
  EXPECT_EQ((*options)["margin_s"], 2);
  EXPECT_EQ((*options)["feeds"], Json({"a", "b"}));
  EXPECT_EQ((*options)["kafka"]["properties"]["security.protocol"], "ssl");
}

TEST(MergeOptions, AnUnknownKeyIsNamedWithItsPathAndOrigin) {
  EXPECT_THAT(Merge({.file_text = "mission: a\nlisten: {prot: 1}"}).status().message(),
              AllOf(HasSubstr("x.yaml: listen.prot: unknown key"), HasSubstr("address, port")));
  EXPECT_THAT(Merge({.file_text = "mission: a", .sets = {"listen.prot=1"}}).status().message(),
              HasSubstr("--set: listen.prot: unknown key"));
  EXPECT_THAT(
      Merge({.file_text = "mission: a", .environment = {{"TOCSIN_SITREP_INGEST_LISTEN_PROT", "1"}}})
          .status()
          .message(),
      HasSubstr("TOCSIN_SITREP_INGEST_LISTEN_PROT: names no option"));
  EXPECT_THAT(Merge({.file_text = "mission: a", .sets = {"mission"}}).status().message(),
              HasSubstr("key.path=value"));
}

TEST(MergeOptions, AValueOfAnotherKindIsAnErrorAndAllErrorsAreListed) {
  const auto message = std::string(
      Merge({.file_text = "listen: 5\nverbose: perhaps\nfeeds: x\nmargin_s:\nlisten2: 1"})
          .status()
          .message());
  EXPECT_THAT(message, HasSubstr("listen: expected a map with address, port"));
  EXPECT_THAT(message, HasSubstr("verbose: expected true or false, not \"perhaps\""));
  EXPECT_THAT(message, HasSubstr("feeds: expected a list"));
  EXPECT_THAT(message, HasSubstr("margin_s: expected a value"));
  EXPECT_THAT(message, HasSubstr("listen2: unknown key"));
  EXPECT_THAT(message, HasSubstr("mission: required"));
  EXPECT_THAT(Merge({.file_text = "mission: a", .sets = {"listen.port=x"}}).status().message(),
              HasSubstr("--set: listen.port: expected a whole number, not \"x\""));
}

TEST(MergeOptions, TextTakesAnyScalar) {
  const auto options =
      Merge({.file_text = "mission: a\nlisten: {address: 7}", .sets = {"mission=12"}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ((*options)["listen"]["address"], "7");
}

struct Ended {
  absl::StatusOr<Json> options;
  int exit_code;
  std::string out, err;
};

Ended Read(std::vector<std::string> args, OptionsSpec spec) {
  args.insert(args.begin(), spec.program);
  std::vector<char*> argv;
  for (std::string& arg : args) {
    argv.push_back(arg.data());
  }
  int code = 99;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto options = ReadOptions(spec, static_cast<int>(argv.size()), argv.data(), code);
  std::string out = testing::internal::GetCapturedStdout();
  return {std::move(options), code, std::move(out), testing::internal::GetCapturedStderr()};
}

OptionsSpec Spec() {
  return {.program = "test-program", .description = "Tests.", .defaults = Defaults()};
}

TEST(ReadOptions, ReadsAFileAndFlags) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "tocsin_options_test.yaml";
  std::ofstream(file) << "mission: unamid\n";
  const Ended ended = Read(
      {"--config", file.string(), "--set", "listen.port=7", "--set", "listen.address=::1"}, Spec());
  ASSERT_TRUE(ended.options.ok()) << ended.options.status();
  EXPECT_EQ(ended.exit_code, -1);
  EXPECT_EQ((*ended.options)["mission"], "unamid");
  EXPECT_EQ((*ended.options)["listen"]["port"], 7);
  EXPECT_EQ((*ended.options)["listen"]["address"], "::1");
  std::filesystem::remove(file);
}

TEST(ReadOptions, HelpListsTheKeys) {
  const Ended ended = Read({"--help"}, Spec());
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("listen.port: 9443"), HasSubstr("mission: (required)"),
                               HasSubstr("TOCSIN_TEST_PROGRAM_KEY_PATH"), HasSubstr("--set")));
  EXPECT_THAT(Read({"--version"}, Spec()).out, HasSubstr("test-program "));
}

TEST(ReadOptions, CheckConfigEndsWithZeroOrTwo) {
  OptionsSpec spec = Spec();
  EXPECT_EQ(Read({"--check-config", "--set", "mission=a"}, spec).exit_code, 0);
  EXPECT_EQ(Read({"--check-config"}, spec).exit_code, 2);
  spec.check = [](const Json&) { return absl::InvalidArgumentError("listen.port: too small"); };
  const Ended ended = Read({"--check-config", "--set", "mission=a"}, spec);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("listen.port: too small"));
}

TEST(ReadOptions, AMissingFileAndAStrayArgumentAreErrors) {
  const Ended missing = Read({"--config", "/nowhere/x.yaml"}, Spec());
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere/x.yaml"));
  EXPECT_EQ(Read({"stray"}, Spec()).exit_code, 2);
  EXPECT_EQ(Read({"--no-such-flag"}, Spec()).exit_code, 2);
}

}  // namespace
}  // namespace tocsin
