// The command line as a whole.
#pragma once

#include <stop_token>

namespace tocsin::ctl {

// Parses, runs the subcommand, and gives the exit status.
int RunCli(int argc, char** argv, std::stop_token stop);

}  // namespace tocsin::ctl
