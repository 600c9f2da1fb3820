// The life of a warning at one centre, in words.
#pragma once

#include <string>
#include <vector>

#include <absl/time/time.h>

#include "lib/lifecycle/lifecycle.h"
#include "lib/rendering/catalogue.h"

namespace tocsin {

// Who has it and what was done about it, a phrase for each: "acknowledged by officer-1 (unamid),
// 2009-03-04 14:30Z (...)", "taken to the deputy ...", ... Empty if nobody has done anything. May
// hold what people wrote: callers see to line breaks.
std::vector<std::string> LifePhrases(const Lifecycle& life, const absl::TimeZone& zone,
                                     const Catalogue& catalogue);

}  // namespace tocsin
