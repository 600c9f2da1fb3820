// One deployment, one seed: one router task or several and their correlators over a simulated log,
// with everything that can go wrong going wrong for a while, and then no more. Every promise is
// checked after each step that could break it, and in the end what stands against an undisturbed
// fleet; what a seed did once it does again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fleet.h"
#include "universe.h"

namespace tocsin::simulation {

struct Outcome {
  std::string problem;  // the first promise that was broken, and when; empty: none
  // That there was something to break.
  int64_t steps = 0, transactions = 0, warnings = 0;
  int64_t of_several = 0;  // 1: its fleet had several router tasks
  int64_t standing = 0;    // contents that stood in the end, and were compared
  int64_t overtaken = 0;   // records that came after what was filed later elsewhere
  FleetCounts fleet;
};

// `folder`: exists; for the marks of crashes. `teller` gets the story, line by line; may be empty.
Outcome Simulate(uint64_t seed, const Defect& defect, const std::string& folder,
                 const std::function<void(const std::string&)>& teller);

}  // namespace tocsin::simulation
