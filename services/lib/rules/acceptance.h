// Which rules a JOC has taken live for itself: the document "acceptance/<mission>" of a pack.
#pragma once

#include <set>
#include <string>

#include "lib/rules/pack.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {

// Adds the mission's acceptance to a pack whose rules are there already. False: the text could not
// be read at all.
bool ParseAcceptance(Problems& problems, const std::string& mission, const std::string& text,
                     Pack& pack);

// The text that ParseAcceptance reads as these rules; one text for one set.
std::string AcceptanceText(const MissionId& mission, const std::set<RuleId>& live);

}  // namespace tocsin
