// What a warning of a movement measured, in words: docs/rules.md, movement.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/domain/warning.h"
#include "lib/rendering/catalogue.h"

namespace tocsin {

struct MovementPhrases {
  std::string heading;  // "north-east (041° ± 6°)"
  std::string speed;    // "4.2 km/h (± 0.5 km/h)"
  // By area: "Darfur in 3 to 8 hours from the last sighting (2009-03-04 14:30Z to 2009-03-04
  // 19:30Z)".
  std::vector<std::string> arrivals;
};

// Absent for a warning that did not measure a movement.
std::optional<MovementPhrases> MovementPhrasesOf(const WarningContent& content,
                                                 const Catalogue& catalogue);

}  // namespace tocsin
