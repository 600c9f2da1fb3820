// Warnings that have not reached the people of a centre in time, in words.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

// One line for those that nobody has received, one for those that nobody has seen. `name_of`: a
// warning's name by its number.
std::vector<std::string> LinesOf(const v1::OverdueDeliveries& overdue,
                                 const std::function<std::string(int64_t)>& name_of);

}  // namespace tocsin::ctl
