// How long warnings take to the people of a centre, from the rows of its ledger.
#pragma once

#include <string>
#include <vector>

#include "lib/base/time.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

// From one stage to another, over the rows in which both were said to be so.
struct Latency {
  std::string from, to;
  size_t rows = 0;
  Duration p50{}, p95{}, p99{};  // the least that so many percent do not exceed
};

// Each stage to the next, and committed to received as a whole. Those without rows are left out.
std::vector<Latency> LatenciesOf(const std::vector<v1::LedgerRow>& rows);

// "3 ms", "1.4 s", "12 min", "5 h"; negative where two clocks differ.
std::string InWords(Duration duration);

}  // namespace tocsin::ctl
