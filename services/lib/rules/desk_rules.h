// What a pack says of a mission's desk and of the types that it files: what ingest judges by.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/domain/validate.h"
#include "lib/rules/pack.h"

namespace tocsin {

struct DeskRules {
  FilingDesk desk;
  FilingRules rules;
};

// `stream` is "sitreps" or "sensors". NotFound: the pack has no desk of this mission.
absl::StatusOr<DeskRules> DeskRulesOf(const std::shared_ptr<const Pack>& pack,
                                      const MissionId& mission, const std::string& stream);

}  // namespace tocsin
