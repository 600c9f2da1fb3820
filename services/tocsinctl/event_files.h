// Files of reports as `backtest` takes them: what each is, is read from the file itself.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "tocsinctl/offers.h"

namespace tocsin::ctl {

// UCDP GED and FIRMS CSV and LRA incidents by their header; YAML with `sources` is a play, other
// YAML an exercise record. What is read does not depend on the order of the rows. `options` do not
// hold for a play, which has its own. InvalidArgument or NotFound names the file.
absl::StatusOr<Offers> ReadEventFiles(const std::vector<std::string>& paths, ImportOptions options,
                                      const ImportWorld& world);

}  // namespace tocsin::ctl
