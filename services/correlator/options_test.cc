#include "correlator/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

nlohmann::json Good() {
  nlohmann::json json = CorrelatorOptionsSpec().defaults;
  json["kafka"]["bootstrap_servers"] = "localhost:9092";
  json["state_dir"] = "/var/lib/tocsin/correlator";
  return json;
}

TEST(CorrelatorOptionsTest, DefaultsAreAllPartitions) {
  const auto options = ParseCorrelatorOptions(Good());
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->partitions, IsEmpty());
  EXPECT_EQ(options->group, "correlator");
  EXPECT_EQ(options->cache_bytes, size_t{64} << 20U);
  EXPECT_EQ(options->read_cache_bytes, size_t{64} << 20U);
  EXPECT_THAT(options->checkpoints.dir, IsEmpty());
  EXPECT_EQ(options->checkpoints.every, std::chrono::minutes(5));
  EXPECT_EQ(options->checkpoints.kept, 3);
}

TEST(CorrelatorOptionsTest, ReadsWhatIsSet) {
  nlohmann::json json = Good();
  json["partitions"] = {0, 3};
  json["kafka"]["properties"] = {{"security.protocol", "SSL"}, {"retries", 3}};
  const auto options = ParseCorrelatorOptions(json);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->partitions, ElementsAre(0, 3));
  EXPECT_EQ(options->kafka.properties.at("security.protocol"), "SSL");
  EXPECT_EQ(options->kafka.properties.at("retries"), "3");
}

TEST(CorrelatorOptionsTest, NamesTheKeyThatIsWrong) {
  const auto refusal = [](auto change) {
    nlohmann::json json = Good();
    change(json);
    return std::string(ParseCorrelatorOptions(json).status().message());
  };
  using Json = nlohmann::json;
  EXPECT_THAT(refusal([](Json& j) { j["ops"]["port"] = 70'000; }), HasSubstr("ops.port"));
  EXPECT_THAT(refusal([](Json& j) { j["state_dir"] = ""; }), HasSubstr("state_dir"));
  EXPECT_THAT(refusal([](Json& j) { j["group"] = ""; }), HasSubstr("group"));
  EXPECT_THAT(refusal([](Json& j) { j["kafka"]["bootstrap_servers"] = ""; }),
              HasSubstr("kafka.bootstrap_servers"));
  EXPECT_THAT(refusal([](Json& j) { j["partitions"] = {-1}; }), HasSubstr("partitions"));
  EXPECT_THAT(refusal([](Json& j) { j["partitions"] = {"all"}; }), HasSubstr("partitions"));
  EXPECT_THAT(refusal([](Json& j) { j["cache_mib"] = 0; }), HasSubstr("cache_mib"));
  EXPECT_THAT(refusal([](Json& j) { j["fail_point"] = "after_commit"; }), HasSubstr("fail_point"));
  EXPECT_THAT(refusal([](Json& j) { j["checkpoint_every"] = "0s"; }),
              HasSubstr("checkpoint_every: "));
  EXPECT_THAT(refusal([](Json& j) { j["checkpoints_kept"] = 0; }), HasSubstr("checkpoints_kept: "));
  EXPECT_THAT(refusal([](Json& j) { j["log_level"] = "loud"; }), HasSubstr("loud"));
}

}  // namespace
}  // namespace tocsin
