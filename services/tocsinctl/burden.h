// What a change of rules would cost each JOC, watch by watch.
#pragma once

#include <vector>

#include "lib/publication/records.h"
#include "lib/rules/pack.h"
#include "tocsinctl/backtest.h"

namespace tocsin::ctl {

// For each of `live`, of the same reports under two sets of rules. A watch is as long as the desk
// of `pack` says, and begins at 00:00 UTC and so on; every watch of the time that the reports cover
// counts, also one without a warning.
Burden MeasureBurden(const Pack& pack, const std::vector<MissionId>& live,
                     const BacktestResult& proposed, const BacktestResult& in_effect);

// A table: what each JOC has now, would have, and can take.
void PrintBurden(const Burden& burden, const Pack& pack);

}  // namespace tocsin::ctl
