// Asks a bench how far a rule's keys are from a warning.
#pragma once

#include "lib/correlation/correlation_testing.h"
#include "lib/correlation/distance.h"

namespace tocsin {

inline std::vector<KeyDistance> DistancesAt(Bench& bench, const Document& rule, int64_t minute) {
  auto pack = ParsePack(ControlOf({rule}).documents, TestMissions());
  EXPECT_TRUE(pack.ok()) << pack.status();
  const auto compiled = Compile(*std::move(pack));
  auto distances = DistancesOf(*compiled, RuleId(rule.name), AtMinute(minute), bench.state());
  EXPECT_TRUE(distances.ok()) << distances.status();
  return distances.ok() ? *distances : std::vector<KeyDistance>();
}

}  // namespace tocsin
