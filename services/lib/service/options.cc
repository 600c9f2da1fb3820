#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <absl/strings/str_cat.h>
#include <unistd.h>

#include "lib/service/options_merge.h"
#include "lib/service/service.h"

namespace tocsin {
namespace {

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (const size_t equals = text.find('='); equals != std::string_view::npos) {
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return out;
}

std::string Footer(const OptionsSpec& spec) {
  std::string out = "\nOptions (of the file, or by --set; later wins: file, environment, --set):\n";
  for (const std::string& key : LeafKeys(spec.defaults)) {
    nlohmann::json::json_pointer at;
    std::istringstream parts(key);
    for (std::string part; std::getline(parts, part, '.');) {
      at.push_back(part);
    }
    const nlohmann::json& value = spec.defaults.at(at);
    absl::StrAppend(&out, "  ", key, ": ", value.is_null() ? "(required)" : value.dump(), "\n");
  }
  absl::StrAppend(&out, "The environment variable of a key is, for example, ",
                  EnvironmentName(spec.program, "key.path"), ".\n");
  return out;
}

absl::Status Check(const OptionsSpec& spec, const nlohmann::json& options) {
  return spec.check ? spec.check(options) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<nlohmann::json> ReadOptions(const OptionsSpec& spec, int argc, char** argv,
                                           int& exit_code) {
  exit_code = -1;
  CLI::App app(spec.description, spec.program);
  std::string config;
  OptionLayers layers;
  bool check_only = false;
  app.add_option("--config", config, "YAML file of options")->type_name("FILE");
  app.add_option("--set", layers.sets, "One option, e.g. --set kafka.bootstrap_servers=host:9092")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  app.add_flag("--check-config", check_only, "Check the options and end with 0 or 2");
  app.set_version_flag("--version", absl::StrCat(spec.program, " ", TOCSIN_VERSION));
  app.footer(Footer(spec));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stopped) {
    // --help and --version come this way too, with code 0.
    exit_code = app.exit(stopped, std::cout, std::cerr) == 0 ? 0 : 2;
    return exit_code == 0 ? absl::StatusOr<nlohmann::json>(nlohmann::json::object())
                          : absl::InvalidArgumentError(stopped.what());
  }
  if (!config.empty()) {
    std::ifstream file(config, std::ios::binary);
    std::ostringstream text;
    if (file) {
      text << file.rdbuf();
    }
    if (!file) {
      exit_code = 2;
      const absl::Status status =
          absl::InvalidArgumentError(absl::StrCat("--config: cannot read ", config));
      std::cerr << status.message() << "\n";
      return status;
    }
    layers.file_name = config;
    layers.file_text = text.str();
  }
  layers.environment = Environment();
  absl::StatusOr<nlohmann::json> options = MergeOptions(spec.program, spec.defaults, layers);
  const absl::Status status = options.ok() ? Check(spec, *options) : options.status();
  if (!status.ok()) {
    exit_code = 2;
    std::cerr << status.message() << "\n";
    return status;
  }
  if (check_only) {
    exit_code = 0;
  }
  return options;
}

}  // namespace tocsin
