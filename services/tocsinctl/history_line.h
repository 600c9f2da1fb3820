// An entry of a warning's history as one line.
#pragma once

#include <cstdint>
#include <string>

#include "tocsin/v1/gateway_service.pb.h"
#include "tocsinctl/texts.h"

namespace tocsin::ctl {

// `number`: named before an action where the lines are of several warnings; 0: of one.
std::string HistoryLine(const Texts& texts, const v1::WarningHistoryEntry& entry,
                        int64_t number = 0);

}  // namespace tocsin::ctl
