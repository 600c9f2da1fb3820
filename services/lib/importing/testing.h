// A world with one area, for the tests of the importers.
#pragma once

#include <absl/time/time.h>

#include "lib/importing/importing.h"

namespace tocsin::importing_testing {

// Unamid has everything between 22 and 28 E and north of 9 N; its desk is in Khartoum (UTC+3 in
// those years), that of minurcat in N'Djamena (UTC+1).
inline ImportWorld World() {
  ImportWorld world;
  world.mission_at = [](const Point& point, Time) {
    const bool inside = point.longitude >= 22 && point.longitude <= 28 && point.latitude >= 9;
    return MissionId(inside ? "unamid" : "");
  };
  world.zone_of = [](const MissionId& mission) -> std::string {
    return mission.str() == "unamid"     ? "Africa/Khartoum"
           : mission.str() == "minurcat" ? "Africa/Ndjamena"
                                         : "";
  };
  world.time_zone = [](const std::string& name) -> std::optional<absl::TimeZone> {
    if (name == "Africa/Khartoum") {
      return absl::FixedTimeZone(3 * 3600);
    }
    if (name == "Africa/Ndjamena") {
      return absl::FixedTimeZone(3600);
    }
    return std::nullopt;
  };
  return world;
}

inline Time At(const std::string& rfc3339) {
  absl::Time t;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, rfc3339, &t, &error)) {
    return kUnknownTime;
  }
  return FromMicros(absl::ToUnixMicros(t));
}

}  // namespace tocsin::importing_testing
