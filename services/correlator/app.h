// The correlator's process: a task, with a thread, a store and a producer of its own, for each
// partition.
#pragma once

#include <stop_token>

#include "correlator/options.h"
#include "lib/service/service.h"

namespace tocsin {

// Runs until stopped (OK) or until a task fails; then stops the others and returns the first error.
absl::Status RunCorrelator(const CorrelatorOptions& options, Ops& ops, std::stop_source stop);

}  // namespace tocsin
