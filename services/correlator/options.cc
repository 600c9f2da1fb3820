#include "correlator/options.h"

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/task/fail_point.h"

namespace tocsin {

OptionsSpec CorrelatorOptionsSpec() {
  OptionsSpec spec;
  spec.program = "correlator";
  spec.description = "Finds the patterns of the rules in the keyed events and writes warnings.";
  spec.defaults = {
      {"ops", {{"address", "127.0.0.1"}, {"port", 9465}}},
      {"kafka", {{"bootstrap_servers", nullptr}, {"properties", nlohmann::json::object()}}},
      {"state_dir", nullptr},
      {"group", "correlator"},
      // Partitions of fusion.keyed.v1 that this process works on; none: all.
      {"partitions", nlohmann::json::array()},
      {"cache_mib", 64},
      {"read_cache_mib", 64},
      {"write_buffer_mib", 64},
      // For tests: a place where the process ends itself (lib/task/fail_point.h).
      {"fail_point", ""},
      {"log_level", "info"},
  };
  AddCheckpointDefaults(spec.defaults);
  spec.check = [](const nlohmann::json& json) { return ParseCorrelatorOptions(json).status(); };
  return spec;
}

absl::StatusOr<CorrelatorOptions> ParseCorrelatorOptions(const nlohmann::json& json) {
  CorrelatorOptions options;
  options.ops_address = json.at("ops").at("address").get<std::string>();
  options.ops_port = json.at("ops").at("port").get<int>();
  if (options.ops_port < 0 || options.ops_port > 65535) {
    return absl::InvalidArgumentError("ops.port: must be from 0 to 65535");
  }
  const nlohmann::json& kafka = json.at("kafka");
  options.kafka.bootstrap_servers = kafka.at("bootstrap_servers").get<std::string>();
  for (const auto& [name, value] : kafka.at("properties").items()) {
    options.kafka.properties[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  options.state_dir = json.at("state_dir").get<std::string>();
  options.group = json.at("group").get<std::string>();
  for (const auto& [key, value] :
       {std::pair<const char*, const std::string*>{"state_dir", &options.state_dir},
        {"group", &options.group},
        {"kafka.bootstrap_servers", &options.kafka.bootstrap_servers}}) {
    if (value->empty()) return absl::InvalidArgumentError(StrCat(key, ": must not be empty"));
  }
  for (const nlohmann::json& partition : json.at("partitions")) {
    if (!partition.is_number_integer() || partition.get<int64_t>() < 0) {
      return absl::InvalidArgumentError(
          "partitions: must be a list of partition numbers from 0 on");
    }
    options.partitions.push_back(partition.get<int32_t>());
  }
  for (const auto& [key, bytes] :
       {std::pair<const char*, size_t*>{"cache_mib", &options.cache_bytes},
        {"read_cache_mib", &options.read_cache_bytes},
        {"write_buffer_mib", &options.write_buffer_bytes}}) {
    const auto mib = json.at(key).get<int64_t>();
    if (mib < 1 || mib > 65536) {
      return absl::InvalidArgumentError(StrCat(key, ": must be from 1 to 65536"));
    }
    *bytes = static_cast<size_t>(mib) << 20U;
  }
  options.fail_point = json.at("fail_point").get<std::string>();
  if (!options.fail_point.empty()) {
    const absl::Status status = ParseFailPoint(options.fail_point).status();
    if (!status.ok()) return absl::InvalidArgumentError(StrCat("fail_point: ", status.message()));
  }
  TOCSIN_ASSIGN_OR_RETURN(options.checkpoints, ParseCheckpointOptions(json));
  TOCSIN_ASSIGN_OR_RETURN(options.log_level,
                          ParseLogLevel(json.at("log_level").get<std::string>()));
  return options;
}

}  // namespace tocsin
