// The parts that a warning is made of, beside one another: the steps of a sequence in their order,
// the sides of a divergence.
#pragma once

#include <string>
#include <vector>

#include <absl/time/time.h>

#include "lib/domain/warning.h"
#include "lib/rendering/catalogue.h"

namespace tocsin {

struct PartPhrases {
  // "1 armed group seen, MONUSCO c-1, 2009-06-01 08:00Z (11:00 local time)". Empty: the rule has no
  // parts.
  std::vector<std::string> parts;
  // For each item of evidence the number of its part; 0: it has none.
  std::vector<size_t> part_of;
};

// `all_shown`: nothing of its evidence is withheld from the reader. A part of which the reader may
// see nothing is named, with the words for that.
PartPhrases StepPhrases(const WarningContent& content, bool all_shown, const absl::TimeZone& zone,
                        const Catalogue& catalogue);
PartPhrases SidePhrases(const WarningContent& content, bool all_shown, const absl::TimeZone& zone,
                        const Catalogue& catalogue);

}  // namespace tocsin
