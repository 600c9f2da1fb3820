// The router process: publishes the shipped rules where none are in effect, then runs the task
// until it is told to stop.
#pragma once

#include <stop_token>

#include <absl/status/status.h>

#include "lib/service/service.h"
#include "router/options.h"

namespace tocsin {

// OK after an orderly stop. Anything else must end the process; the text says what to do.
absl::Status RunRouter(const RouterServiceOptions& options, Ops& ops, const std::stop_token& stop);

}  // namespace tocsin
