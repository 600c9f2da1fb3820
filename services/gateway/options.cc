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

}  // namespace

OptionsSpec Spec() {
  OptionsSpec spec;
  spec.program = "gateway";
  spec.description = "Warnings for one JOC: Watch, List, Get and Acknowledge over gRPC.";
  spec.defaults = {
      {"mission", nullptr},
      {"listen", {{"address", "127.0.0.1"}, {"port", 7100}}},
      {"ops", {{"address", "127.0.0.1"}, {"port", 7150}}},
      {"tls", {{"ca", nullptr}, {"certificate", nullptr}, {"key", nullptr}}},
      {"kafka",
       {{"bootstrap_servers", "127.0.0.1:19092"}, {"properties", nlohmann::json::object()}}},
      {"state_dir", nullptr},
      {"heartbeat_period_ms", 5000},
      {"stop_grace_ms", 5000},
      {"log_level", "info"},
  };
  spec.check = [](const nlohmann::json& json) { return Parse(json).status(); };
  return spec;
}

absl::StatusOr<Options> Parse(const nlohmann::json& json) {
  Options options;
  options.mission = MissionId(json.at("mission").get<std::string>());
  // What a certificate may name as a mission, a gateway may serve.
  const std::string probe =
      StrCat("spiffe://tocsin.local/mission/", options.mission.str(), "/service/gateway");
  if (!ParsePrincipal(probe).ok()) {
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
  TOCSIN_ASSIGN_OR_RETURN(options.stop_grace, Millis(json, "stop_grace_ms", 0, 600'000));
  TOCSIN_ASSIGN_OR_RETURN(options.log_level,
                          ParseLogLevel(json.at("log_level").get<std::string>()));
  return options;
}

}  // namespace tocsin::gateway
