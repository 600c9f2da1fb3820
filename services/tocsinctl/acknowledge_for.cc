#include "tocsinctl/acknowledge_for.h"

#include <algorithm>

#include <absl/time/time.h>

#include "lib/base/text.h"

namespace tocsin::ctl {

absl::StatusOr<v1::Acknowledge> AcknowledgeFor(const std::string& field, const std::string& lasts) {
  v1::Acknowledge acknowledge;
  if (lasts.empty()) return acknowledge;
  absl::Duration time;
  if (!absl::ParseDuration(lasts, &time) || time <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(StrCat(field, ": '", lasts, "' is no time as 30m or 2h"));
  }
  acknowledge.set_lasts_s(std::max<int64_t>(1, absl::ToInt64Seconds(time)));
  return acknowledge;
}

}  // namespace tocsin::ctl
