// The naive twin: which warnings stand after a complete history, asked of the whole history at once
// and written from docs/rules.md alone. It shares plain types with the engine and nothing else.
#pragma once

#include <string>
#include <vector>

#include "cases.h"

namespace tocsin::property {

// One line of text for each standing warning, sorted. `events`: the greatest revision of each
// identity, without those withdrawn. `last`: the last tick.
std::vector<std::string> TwinWarnings(const TwinRule& rule, const std::vector<KeyedEvent>& events,
                                      const Tick& last);

// The same text of a warning that the engine has standing.
std::string LineOf(const WarningContent& content);
// `composite`: with what only composites have.
std::string LineOf(const Warning& warning, bool composite);

}  // namespace tocsin::property
