// What a test says of a random history that failed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cases.h"
#include "run.h"

namespace tocsin::property {

using Runs = std::function<Engine::Outcome(const std::vector<Op>&)>;

// The smallest history that still fails, from step `from` on.
std::string Report(const std::string& rules, std::vector<Op> ops, size_t from, const Runs& run);

}  // namespace tocsin::property
