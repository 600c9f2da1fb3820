// YAML as JSON values, so that a configuration file, an environment variable and a flag are merged
// by one piece of code.
#pragma once

#include <string>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

namespace tocsin {

// Plain scalars become null, boolean, integer or number where they read as one (YAML 1.2 core
// words: true, false, null, ~); quoted ones stay text. InvalidArgument names line and column, and a
// key that is there twice.
absl::StatusOr<nlohmann::json> YamlToJson(const std::string& yaml);

}  // namespace tocsin
