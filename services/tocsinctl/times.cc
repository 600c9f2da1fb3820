#include "tocsinctl/times.h"

#include <algorithm>

#include <absl/time/time.h>

#include "lib/base/text.h"

namespace tocsin::ctl {

absl::StatusOr<int64_t> TimeIn(const std::string& flag, const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(
        StrCat(flag, ": '", text, "' is no time as 2009-03-04T14:30:00Z"));
  }
  return absl::ToUnixMicros(time);
}

absl::StatusOr<int64_t> SecondsIn(const std::string& flag, const std::string& text) {
  absl::Duration time;
  if (!absl::ParseDuration(text, &time) || time <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(StrCat(flag, ": '", text, "' is no time as 30m or 2h"));
  }
  return std::max<int64_t>(1, absl::ToInt64Seconds(time));
}

}  // namespace tocsin::ctl
