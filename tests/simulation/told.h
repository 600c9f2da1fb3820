// What holds of a warning at the moment when it is told.
#pragma once

#include <string>
#include <vector>

#include "deployment.h"
#include "lib/domain/warning.h"

namespace tocsin::simulation {

// A feed is called silent only where every router task that could still bring a record of it has
// read its sources past the deadline. `routers`: the reference's cores, by number, which are never
// behind what a correlator has been told. Empty: so it is.
std::string CheckSilence(const Warning& warning, const Shape& shape,
                         const std::vector<const RouterTaskCore*>& routers);

// For people.
std::string Describe(const Warning& warning);

}  // namespace tocsin::simulation
