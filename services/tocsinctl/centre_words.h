// What holds at a centre as a whole, in lines for a person.
#pragma once

#include <string>
#include <vector>

#include "tocsin/v1/centre.pb.h"

namespace tocsin::ctl {

// Who has the watch and at which desks; what of a hand-over is waited for.
std::vector<std::string> WatchLines(const v1::Centre& centre);
// One for each silence that holds, with its id.
std::vector<std::string> SilenceLines(const v1::Centre& centre);
// What the filter names: "rules a, b in area abyei, up to severe".
std::string InWords(const v1::SilenceFilter& filter);

}  // namespace tocsin::ctl
