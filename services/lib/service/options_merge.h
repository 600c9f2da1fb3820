// Lays layers of options over the defaults, strictly: what the defaults do not have is an error.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

namespace tocsin {

// Where the values come from, the later ones winning.
struct OptionLayers {
  std::string file_name = {};  // for messages
  std::string file_text = {};  // YAML; empty: no file
  std::map<std::string, std::string> environment = {};
  std::vector<std::string> sets = {};  // "key.path=value"
};

// The name of a key's environment variable: "kafka.bootstrap_servers" of "sitrep-ingest" is
// TOCSIN_SITREP_INGEST_KAFKA_BOOTSTRAP_SERVERS.
std::string EnvironmentName(const std::string& program, const std::string& dotted_key);

// Dotted paths of all keys that hold a value, in order. A default that is an empty object is a free
// map: it counts as one key and takes any entries.
std::vector<std::string> LeafKeys(const nlohmann::json& defaults);

// InvalidArgument lists every problem, one a line: where it comes from, the dotted key, what is
// expected.
absl::StatusOr<nlohmann::json> MergeOptions(const std::string& program,
                                            const nlohmann::json& defaults,
                                            const OptionLayers& layers);

}  // namespace tocsin
