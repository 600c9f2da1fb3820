// Absence by schedule: rules of absence and their histories, made as long as days.
#pragma once

#include "cases.h"

namespace tocsin::property {

// A rule of absence becomes one by schedule, on the clock of the desk south.
void MakeRandomSchedule(TwinRule& rule, Random& random);
void StretchToDays(std::vector<Op>& ops, Random& random);

}  // namespace tocsin::property
