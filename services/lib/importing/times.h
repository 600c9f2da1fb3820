// Times as people write them in YAML. Internal to the library.
#pragma once

#include <string>
#include <string_view>

#include <absl/time/time.h>

#include "lib/domain/event.h"
#include "lib/importing/yaml_entry.h"

namespace tocsin {

// A day or an instant as written. Days become intervals in the desk's zone.
struct Moment {
  Interval interval;
  bool is_day = false;
};

TimePrecision PrecisionOf(const Interval& interval);

// "90s", "15m", "6h", "2d"; zero if it is no such duration.
Duration ParseEvery(std::string_view text);

// Times of one entry, in the zone of its mission's desk.
class Times {
 public:
  Times(const absl::TimeZone& zone, int64_t shift_days) : zone_(zone), shift_days_(shift_days) {}

  Moment MomentOf(YamlEntry& entry, const std::string& key) const;
  // A moment, or {from, to}.
  Interval IntervalOf(YamlEntry& entry, const std::string& key) const;
  Time InstantOf(YamlEntry& entry, const std::string& key) const;

 private:
  absl::TimeZone zone_;
  int64_t shift_days_;
};

}  // namespace tocsin
