#include "gateway/options.h"

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/sharing/decide.h"

namespace tocsin::gateway {
namespace {

absl::Status Port(const nlohmann::json& json, const std::string& key) {
  const int64_t port = json.at(key).at("port").get<int64_t>();
  if (port < 0 || port > 65535) {
    return absl::InvalidArgumentError(StrCat(key, ".port: ", port, " is no port"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::chrono::milliseconds> Millis(const nlohmann::json& json, const std::string& key,
                                                 int64_t least, int64_t most) {
  const int64_t value = json.at(key).get<int64_t>();
  if (value < least || value > most) {
    return absl::InvalidArgumentError(
        StrCat(key, ": ", value, " is outside ", least, "..", most, " milliseconds"));
  }
  return std::chrono::milliseconds(value);
}

// What a certificate may name as a mission.
bool IsMission(const std::string& name) {
  return ParsePrincipal(StrCat("spiffe://tocsin.local/mission/", name, "/service/gateway")).ok();
}

constexpr int64_t kMostFlood = 1000;
constexpr int64_t kLongestStep = int64_t{30} * 24 * 3600;

absl::StatusOr<EscalationLevel> LevelOf(const nlohmann::json& value, const std::string& where) {
  const std::map<std::string, EscalationLevel> levels = {
      {"deputy", EscalationLevel::kDeputy},
      {"chief-joc", EscalationLevel::kChiefJoc},
      {"chief-of-staff", EscalationLevel::kChiefOfStaff}};
  const auto found = value.is_string() ? levels.find(value.get<std::string>()) : levels.end();
  if (found != levels.end()) return found->second;
  return absl::InvalidArgumentError(
      StrCat(where, ".to: must be deputy, chief-joc or chief-of-staff"));
}

absl::StatusOr<std::vector<EscalationStep>> StepsOf(const nlohmann::json& list,
                                                    const std::string& where) {
  if (!list.is_array()) return absl::InvalidArgumentError(StrCat(where, ": must be a list"));
  std::vector<EscalationStep> steps;
  for (const nlohmann::json& item : list) {
    const std::string here = StrCat(where, "[", steps.size(), "]");
    if (!item.is_object() || item.size() != 2 || !item.contains("after_s") ||
        !item.contains("to")) {
      return absl::InvalidArgumentError(StrCat(here, ": must have after_s and to, and no more"));
    }
    const nlohmann::json& after = item.at("after_s");
    if (!after.is_number_integer() || after.get<int64_t>() < 1 ||
        after.get<int64_t>() > kLongestStep) {
      return absl::InvalidArgumentError(
          StrCat(here, ".after_s: must be 1 to ", kLongestStep, " seconds"));
    }
    EscalationStep step{std::chrono::seconds(after.get<int64_t>())};
    TOCSIN_ASSIGN_OR_RETURN(step.to, LevelOf(item.at("to"), here));
    if (!steps.empty() && (step.after <= steps.back().after || step.to <= steps.back().to)) {
      return absl::InvalidArgumentError(
          StrCat(here, ": must be later and further up than the step before"));
    }
    steps.push_back(step);
  }
  return steps;
}

absl::StatusOr<EscalationPolicy> PolicyOf(const nlohmann::json& json) {
  EscalationPolicy policy;
  for (const auto& [name, severity] :
       {std::pair("extreme", Severity::kExtreme), std::pair("severe", Severity::kSevere),
        std::pair("moderate", Severity::kModerate), std::pair("minor", Severity::kMinor)}) {
    TOCSIN_ASSIGN_OR_RETURN(policy[severity], StepsOf(json.at(name), StrCat("escalation.", name)));
  }
  return policy;
}

absl::StatusOr<std::chrono::seconds> Seconds(const nlohmann::json& json, const std::string& where,
                                             const std::string& key) {
  const int64_t value = json.at(key).get<int64_t>();
  if (value < 1 || value > kLongestStep) {
    return absl::InvalidArgumentError(
        StrCat(where, ".", key, ": must be 1 to ", kLongestStep, " seconds"));
  }
  return std::chrono::seconds(value);
}

absl::StatusOr<StormPolicy> StormOf(const nlohmann::json& json) {
  StormPolicy policy;
  const int64_t alarms = json.at("alarms").get<int64_t>();
  if (alarms < 0 || alarms > kMostFlood) {
    return absl::InvalidArgumentError(StrCat("storm.alarms: must be 0 to ", kMostFlood));
  }
  policy.flood_above = static_cast<int>(alarms);
  TOCSIN_ASSIGN_OR_RETURN(policy.within, Seconds(json, "storm", "within_s"));
  TOCSIN_ASSIGN_OR_RETURN(policy.group_wait, Seconds(json, "storm", "group_wait_s"));
  TOCSIN_ASSIGN_OR_RETURN(policy.group_interval, Seconds(json, "storm", "group_interval_s"));
  TOCSIN_ASSIGN_OR_RETURN(policy.repeat_interval, Seconds(json, "storm", "repeat_interval_s"));
  if (policy.group_wait > policy.group_interval) {
    return absl::InvalidArgumentError("storm.group_wait_s: more than storm.group_interval_s");
  }
  return policy;
}

absl::StatusOr<SurfacePolicy> SurfaceOf(const nlohmann::json& json) {
  SurfacePolicy policy;
  TOCSIN_ASSIGN_OR_RETURN(policy.undelivered_after,
                          Seconds(json, "surface", "undelivered_after_s"));
  TOCSIN_ASSIGN_OR_RETURN(policy.unseen_after, Seconds(json, "surface", "unseen_after_s"));
  return policy;
}

absl::StatusOr<TroublePolicy> TroublesOf(const nlohmann::json& json) {
  TroublePolicy policy;
  TOCSIN_ASSIGN_OR_RETURN(policy.evaluation_stopped_after,
                          Seconds(json, "surface", "evaluation_stopped_after_s"));
  TOCSIN_ASSIGN_OR_RETURN(policy.feed_silent_after,
                          Seconds(json, "surface", "feed_silent_after_s"));
  return policy;
}

absl::StatusOr<LinkPolicy> LinkOf(const nlohmann::json& json) {
  LinkPolicy policy;
  TOCSIN_ASSIGN_OR_RETURN(policy.period, Seconds(json, "link", "beat_s"));
  for (const nlohmann::json& mission : json.at("show_to")) {
    if (!mission.is_string() || !IsMission(mission.get<std::string>())) {
      return absl::InvalidArgumentError(
          "link.show_to: must be names of missions; it takes no \"*\"");
    }
    policy.shown_to.emplace_back(mission.get<std::string>());
  }
  return policy;
}

}  // namespace

OptionsSpec Spec() {
  OptionsSpec spec;
  spec.program = "gateway";
  spec.description =
      "Warnings for one JOC over gRPC: Watch, List, Get, Act, WarningHistory and Ledger.";
  spec.defaults = {
      {"mission", nullptr},
      {"listen", {{"address", "127.0.0.1"}, {"port", 7100}}},
      {"ops", {{"address", "127.0.0.1"}, {"port", 7150}}},
      {"tls", {{"ca", nullptr}, {"certificate", nullptr}, {"key", nullptr}}},
      {"kafka",
       {{"bootstrap_servers", "127.0.0.1:19092"}, {"properties", nlohmann::json::object()}}},
      {"state_dir", nullptr},
      {"heartbeat_period_ms", 5000},
      {"most_under_way_bytes", 256 << 10},
      {"clock", "wall"},
      // Whom a warning is taken to when nobody has had it for so long.
      {"escalation",
       {{"extreme",
         {{{"after_s", 300}, {"to", "deputy"}},
          {{"after_s", 600}, {"to", "chief-joc"}},
          {{"after_s", 1200}, {"to", "chief-of-staff"}}}},
        {"severe",
         {{{"after_s", 900}, {"to", "deputy"}}, {{"after_s", 3600}, {"to", "chief-joc"}}}},
        {"moderate", nlohmann::json::array()},
        {"minor", nlohmann::json::array()}}},
      // More alarms than that within so long are a flood (ANSI/ISA-18.2): what comes then rings
      // with others of its rule, group_wait after the first of them and then every group_interval
      // by the clock, and again every repeat_interval while nobody takes it up. Extreme ones never
      // wait. alarms: 0: all ring by themselves.
      {"storm",
       {{"alarms", 10},
        {"within_s", 600},
        {"group_wait_s", 30},
        {"group_interval_s", 300},
        {"repeat_interval_s", 1800}}},
      // Calls a second by one identity; four times as many at once.
      {"calls_per_s", {{"reads", 50}, {"writes", 20}}},
      // When a warning that no client has received, or nobody has seen, is said to be so.
      {"surface",
       {{"undelivered_after_s", 30},
        {"unseen_after_s", 120},
        {"evaluation_stopped_after_s", 15},
        {"feed_silent_after_s", 3600}}},
      // Missions that may see whether anybody here is on the line.
      {"link", {{"show_to", nlohmann::json::array()}, {"beat_s", 15}}},
      {"stop_grace_ms", 5000},
      {"log_level", "info"},
  };
  spec.check = [](const nlohmann::json& json) { return Parse(json).status(); };
  return spec;
}

absl::StatusOr<Options> Parse(const nlohmann::json& json) {
  Options options;
  options.mission = MissionId(json.at("mission").get<std::string>());
  if (!IsMission(options.mission.str())) {
    return absl::InvalidArgumentError("mission: must be 1 to 64 lower-case letters, digits or '-'");
  }
  TOCSIN_RETURN_IF_ERROR(Port(json, "listen"));
  TOCSIN_RETURN_IF_ERROR(Port(json, "ops"));
  options.listen_address = json.at("listen").at("address").get<std::string>();
  options.listen_port = json.at("listen").at("port").get<int>();
  options.ops_address = json.at("ops").at("address").get<std::string>();
  options.ops_port = json.at("ops").at("port").get<int>();
  const nlohmann::json& tls = json.at("tls");
  options.tls = TlsFiles{tls.at("ca").get<std::string>(), tls.at("certificate").get<std::string>(),
                         tls.at("key").get<std::string>()};
  const nlohmann::json& kafka = json.at("kafka");
  options.kafka.bootstrap_servers = kafka.at("bootstrap_servers").get<std::string>();
  for (const auto& [name, value] : kafka.at("properties").items()) {
    options.kafka.properties[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  options.state_dir = json.at("state_dir").get<std::string>();
  if (options.state_dir.empty()) {
    return absl::InvalidArgumentError("state_dir: must name a folder");
  }
  TOCSIN_ASSIGN_OR_RETURN(options.heartbeat_period,
                          Millis(json, "heartbeat_period_ms", 50, 60'000));
  options.most_under_way = json.at("most_under_way_bytes").get<int64_t>();
  if (options.most_under_way < (4 << 10) || options.most_under_way > (4 << 20)) {
    return absl::InvalidArgumentError(StrCat("most_under_way_bytes: ", options.most_under_way,
                                             " is outside ", 4 << 10, "..", 4 << 20));
  }
  const std::string clock = json.at("clock").get<std::string>();
  if (clock != "wall" && clock != "scenario") {
    return absl::InvalidArgumentError("clock: must be wall or scenario");
  }
  options.scenario_clock = clock == "scenario";
  TOCSIN_ASSIGN_OR_RETURN(options.escalation, PolicyOf(json.at("escalation")));
  TOCSIN_ASSIGN_OR_RETURN(options.storm, StormOf(json.at("storm")));
  for (const auto& [name, rate] : {std::pair("reads", &options.call_rates.reads),
                                   std::pair("writes", &options.call_rates.writes)}) {
    *rate = json.at("calls_per_s").at(name).get<int64_t>();
    if (*rate < 1 || *rate > 1'000'000) {
      return absl::InvalidArgumentError(
          StrCat("calls_per_s.", name, ": ", *rate, " is outside 1..1000000 a second"));
    }
  }
  TOCSIN_ASSIGN_OR_RETURN(options.surface, SurfaceOf(json.at("surface")));
  TOCSIN_ASSIGN_OR_RETURN(options.troubles, TroublesOf(json.at("surface")));
  TOCSIN_ASSIGN_OR_RETURN(options.link, LinkOf(json.at("link")));
  TOCSIN_ASSIGN_OR_RETURN(options.stop_grace, Millis(json, "stop_grace_ms", 0, 600'000));
  TOCSIN_ASSIGN_OR_RETURN(options.log_level,
                          ParseLogLevel(json.at("log_level").get<std::string>()));
  return options;
}

}  // namespace tocsin::gateway
