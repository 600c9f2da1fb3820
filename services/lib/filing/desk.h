// The desk rules of a mission from a rules directory.
#pragma once

#include <string>

#include "lib/rules/desk_rules.h"

namespace tocsin {

absl::StatusOr<DeskRules> LoadDeskRules(const std::string& rules_dir, const MissionId& mission,
                                        const std::string& stream);

}  // namespace tocsin
