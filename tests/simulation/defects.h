// Errors that a task, a client or a store could have, each of which the simulation must find.
#pragma once

#include <vector>

#include "universe.h"

namespace tocsin::simulation {

std::vector<Defect> SeededDefects();
// Of these those that only several router tasks, or another order of arrival, show.
std::vector<Defect> FleetDefects();
// Without any, if there is none of this name.
Defect FindDefect(const std::string& name);

}  // namespace tocsin::simulation
