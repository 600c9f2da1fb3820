#include "tocsinctl/acknowledge_for.h"

#include "lib/base/status_macros.h"
#include "tocsinctl/times.h"

namespace tocsin::ctl {

absl::StatusOr<v1::Acknowledge> AcknowledgeFor(const std::string& field, const std::string& lasts) {
  v1::Acknowledge acknowledge;
  if (lasts.empty()) return acknowledge;
  TOCSIN_ASSIGN_OR_RETURN(const int64_t seconds, SecondsIn(field, lasts));
  acknowledge.set_lasts_s(seconds);
  return acknowledge;
}

}  // namespace tocsin::ctl
