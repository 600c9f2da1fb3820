#include "router/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

nlohmann::json Good() {
  nlohmann::json options = RouterOptionsSpec().defaults;
  options["kafka"]["bootstrap_servers"] = "127.0.0.1:9092";
  options["kafka"]["properties"] = {{"security.protocol", "SSL"}, {"fetch.wait.max.ms", 5}};
  options["state_dir"] = "/var/lib/tocsin/router";
  options["missions"] = {"unamid", "minurcat", "unamid"};
  return options;
}

TEST(RouterOptions, DefaultsAndLists) {
  const absl::StatusOr<RouterServiceOptions> options = ParseRouterOptions(Good());
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->missions, ElementsAre(MissionId("minurcat"), MissionId("unamid")));
  EXPECT_EQ(options->live_missions, options->missions);
  EXPECT_EQ(options->clock, ClockMode::kWall);
  EXPECT_EQ(options->margin, std::chrono::seconds(60));
  EXPECT_EQ(options->reread_per_second, 5000);
  EXPECT_EQ(options->task, "router-0");
  EXPECT_EQ(options->kafka.properties.at("fetch.wait.max.ms"), "5");
}

TEST(RouterOptions, OneOfSeveralHasItsOwnNameAndGroup) {
  nlohmann::json options = Good();
  options["router_tasks"] = 3;
  options["router_task"] = 2;
  const absl::StatusOr<RouterServiceOptions> third = ParseRouterOptions(options);
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->router, (RouterTask{2, 3}));
  EXPECT_EQ(third->task, "router-2");
  EXPECT_EQ(third->group, "router-2");
  options["task"] = "elsewhere";
  EXPECT_EQ(ParseRouterOptions(options)->task, "elsewhere");
  options["router_task"] = 0;
  EXPECT_EQ(ParseRouterOptions(options)->group, "router");
}

TEST(RouterOptions, ANumberThatIsNoneOfThemIsRefused) {
  nlohmann::json options = Good();
  for (const int number : {-1, 1}) {
    options["router_task"] = number;
    EXPECT_THAT(std::string(ParseRouterOptions(options).status().message()),
                HasSubstr("router_task: "));
  }
  options["router_tasks"] = 0;
  EXPECT_THAT(std::string(ParseRouterOptions(options).status().message()),
              HasSubstr("router_tasks: "));
}

TEST(RouterOptions, EveryProblemIsNamedAtOnce) {
  nlohmann::json options = Good();
  options["kafka"]["bootstrap_servers"] = "";
  options["missions"] = nlohmann::json::array();
  options["live_missions"] = {"UNAMID"};
  options["clock"] = "sundial";
  options["margin"] = "soon";
  options["reread_per_second"] = 0;
  options["ops"]["port"] = 70'000;
  options["log_level"] = "loud";
  options["fail_point"] = "after_lunch:1";
  options["state_dir"] = "";
  options["checkpoint_every"] = "often";
  const absl::Status status = ParseRouterOptions(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  for (const char* key : {"kafka.bootstrap_servers: ", "missions: ", "live_missions: ", "clock: ",
                          "margin: ", "reread_per_second: ", "ops.port: ", "log_level: ",
                          "state_dir: ", "fail_point: ", "checkpoint_every: "}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(key));
  }
}

}  // namespace
}  // namespace tocsin
