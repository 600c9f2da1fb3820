// --status, --rule, --severity, --area, --from, --topic and --exercise, which watch and list share.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

struct FilterArguments {
  std::vector<std::string> statuses, rules, areas, missions, topics;
  std::string severity, exercise;
};
void AddFilter(CLI::App& command, FilterArguments& arguments);
v1::WarningFilter ToFilter(const FilterArguments& arguments);

}  // namespace tocsin::ctl
