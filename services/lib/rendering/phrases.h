// Phrases for times, spans, places and lists, in the words of a catalogue.
#pragma once

#include <string>
#include <vector>

#include <absl/time/time.h>

#include "lib/base/time.h"
#include "lib/domain/types.h"
#include "lib/rendering/catalogue.h"
#include "lib/rendering/gazetteer.h"

namespace tocsin {

// "2009-03-04 14:30Z".
std::string ZuluPhrase(Time t);
// "2009-03-04 14:30Z (17:30 local time)".
std::string TimePhrase(Time t, const absl::TimeZone& zone, const Catalogue& catalogue);
// A moment as above; whole local days as "2009-03-04, local day" or "between ... and ..." with
// dates; anything else as "between ... and ..." with times.
std::string IntervalPhrase(const Interval& interval, const absl::TimeZone& zone,
                           const Catalogue& catalogue);
// "12 days", "36 hours": the largest unit of which it has at least two, rounded up.
std::string SpanPhrase(Duration span, const Catalogue& catalogue);
// "12 km north-east of Birao (within 25 km)"; "at Birao" within 1.5 km; coordinates without a
// gazetteer.
std::string PlacePhrase(const Point& point, double uncertainty_m, const Gazetteer& gazetteer,
                        const Catalogue& catalogue);
// What an item of evidence says in an attribute: "phase III"; "weapon: rifle" where the catalogue
// has no words for it.
std::string AttributePhrase(const std::string& name, const std::string& value,
                            const Catalogue& catalogue);
// "a", "a and b", "a, b and c".
std::string ListPhrase(const std::vector<std::string>& items, const Catalogue& catalogue);

}  // namespace tocsin
