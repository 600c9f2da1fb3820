// How old what the engine has evaluated is, in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::ctl {

// Whether a router's metrics say that it runs on a scenario clock.
bool SaysScenarioClock(std::string_view metrics);

// "40 s"; "-" if nothing is known; "scenario clock" where the age would be that of the record and
// not of the engine. A time ahead of the machine's clock has no age.
std::string AgeOf(int64_t up_to_us, int64_t now_us, bool scenario);

}  // namespace tocsin::ctl
