#include "router/options.h"

#include <algorithm>
#include <set>

#include "lib/base/text.h"
#include "lib/rules/durations.h"
#include "lib/task/fail_point.h"

namespace tocsin {
namespace {

using nlohmann::json;

constexpr int64_t kMostRouterTasks = 1000;

class Problems {
 public:
  void Add(std::string_view key, std::string_view why) { AddLine(StrCat(key, ": ", why)); }
  void AddLine(std::string_view line) { text_ += StrCat(text_.empty() ? "" : "\n", line); }
  absl::Status ToStatus() const {
    return text_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(text_);
  }

 private:
  std::string text_;
};

std::string TextOf(const json& options, const char* key, Problems& problems) {
  std::string text = options.at(key).get<std::string>();
  if (text.empty()) problems.Add(key, "must not be empty");
  return text;
}

std::vector<MissionId> MissionsOf(const json& options, const char* key, Problems& problems) {
  std::set<MissionId> missions;
  for (const json& entry : options.at(key)) {
    // A mission's id is part of the names of its topics.
    const bool good = entry.is_string() && !entry.get_ref<const std::string&>().empty() &&
                      std::all_of(entry.get_ref<const std::string&>().begin(),
                                  entry.get_ref<const std::string&>().end(), [](char c) {
                                    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                           c == '-' || c == '_';
                                  });
    if (!good) {
      problems.Add(key, "must be a list of mission ids: lower-case letters, digits, '-' and '_'");
      return {};
    }
    missions.emplace(entry.get<std::string>());
  }
  return {missions.begin(), missions.end()};
}

}  // namespace

OptionsSpec RouterOptionsSpec() {
  OptionsSpec spec;
  spec.program = "router";
  spec.description =
      "Turns the missions' events into copies by correlation key, ticks and control records.";
  spec.defaults = {
      {"ops", {{"address", "127.0.0.1"}, {"port", 9464}}},
      {"kafka", {{"bootstrap_servers", nullptr}, {"properties", json::object()}}},
      {"state_dir", nullptr},
      // How many router tasks there are, the same for all and for as long as the topics; and which
      // of them this one is, from 0 on.
      {"router_tasks", 1},
      {"router_task", 0},
      // Empty: "router-" and its number.
      {"task", ""},
      // Followed by "-" and the number, but for number 0.
      {"group", "router"},
      // Missions whose sitreps and sensors topics are read.
      {"missions", json::array()},
      // Missions that warnings are addressed to; none: all that are read.
      {"live_missions", json::array()},
      // wall: the machine's. scenario: the greatest accept time.
      {"clock", "wall"},
      // A source at its end counts as the clock less this: longer than clocks differ and a record
      // takes from its stamp to the log.
      {"margin", "60s"},
      // Records read again in a second, at most, beside the live ones, for rules that backfill.
      {"reread_per_second", RouterServiceOptions().reread_per_second},
      // Published at the first start; empty: whatever fusion.rules.v1 activates.
      {"rules_dir", ""},
      // For tests: a place where the process ends itself (lib/task/fail_point.h).
      {"fail_point", ""},
      {"log_level", "info"},
  };
  AddCheckpointDefaults(spec.defaults);
  spec.check = [](const json& options) { return ParseRouterOptions(options).status(); };
  return spec;
}

absl::StatusOr<RouterServiceOptions> ParseRouterOptions(const json& json_options) {
  Problems problems;
  RouterServiceOptions options;
  options.ops_address = json_options.at("ops").at("address").get<std::string>();
  const auto port = json_options.at("ops").at("port").get<int64_t>();
  if (port < 0 || port > 65'535) problems.Add("ops.port", "must be from 0 to 65535");
  options.ops_port = static_cast<int>(port);
  const json& kafka = json_options.at("kafka");
  options.kafka.bootstrap_servers = kafka.at("bootstrap_servers").get<std::string>();
  if (options.kafka.bootstrap_servers.empty()) {
    problems.Add("kafka.bootstrap_servers", "must not be empty");
  }
  for (const auto& [name, value] : kafka.at("properties").items()) {
    options.kafka.properties[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  options.state_dir = TextOf(json_options, "state_dir", problems);
  const auto tasks = json_options.at("router_tasks").get<int64_t>();
  const auto task = json_options.at("router_task").get<int64_t>();
  if (tasks < 1 || tasks > kMostRouterTasks) {
    problems.Add("router_tasks", StrCat("must be from 1 to ", kMostRouterTasks));
  } else if (task < 0 || task >= tasks) {
    problems.Add("router_task", StrCat("must be from 0 to ", tasks - 1,
                                       ", one less than "
                                       "router_tasks"));
  } else {
    options.router = {static_cast<int32_t>(task), static_cast<int32_t>(tasks)};
  }
  options.task = json_options.at("task").get<std::string>();
  if (options.task.empty()) options.task = StrCat("router-", options.router.index);
  options.group = TextOf(json_options, "group", problems);
  if (options.router.index > 0) options.group += StrCat("-", options.router.index);
  options.missions = MissionsOf(json_options, "missions", problems);
  if (options.missions.empty()) problems.Add("missions", "must name at least one mission");
  options.live_missions = MissionsOf(json_options, "live_missions", problems);
  if (options.live_missions.empty()) options.live_missions = options.missions;
  const std::string clock = json_options.at("clock").get<std::string>();
  if (clock != "wall" && clock != "scenario") problems.Add("clock", "must be wall or scenario");
  options.clock = clock == "scenario" ? ClockMode::kScenario : ClockMode::kWall;
  const std::optional<Duration> margin = DurationOf(json_options.at("margin").get<std::string>());
  if (!margin) problems.Add("margin", "must be a duration as 90s, 15m, 6h or 30d");
  options.margin = margin.value_or(Duration(0));
  options.reread_per_second = json_options.at("reread_per_second").get<int64_t>();
  if (options.reread_per_second < 1) problems.Add("reread_per_second", "must be at least 1");
  options.rules_dir = json_options.at("rules_dir").get<std::string>();
  options.fail_point = json_options.at("fail_point").get<std::string>();
  if (!options.fail_point.empty()) {
    const absl::Status point = ParseFailPoint(options.fail_point).status();
    if (!point.ok()) problems.Add("fail_point", Sv(point.message()));
  }
  auto checkpoints = ParseCheckpointOptions(json_options);
  if (checkpoints.ok()) {
    options.checkpoints = *std::move(checkpoints);
  } else {
    problems.AddLine(Sv(checkpoints.status().message()));
  }
  const absl::StatusOr<LogLevel> level =
      ParseLogLevel(json_options.at("log_level").get<std::string>());
  if (!level.ok()) problems.Add("log_level", Sv(level.status().message()));
  options.log_level = level.value_or(LogLevel::kInfo);
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  return options;
}

}  // namespace tocsin
