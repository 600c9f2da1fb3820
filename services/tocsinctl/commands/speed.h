// --speed, which import and play share.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace tocsin::ctl {

// "max" or scenario seconds per second, greater than 0.
void AddSpeed(CLI::App& command, std::string& speed);
// 0 for "max".
double SpeedOf(const std::string& speed);

}  // namespace tocsin::ctl
