// What a request to act for the JOC as a whole says, checked.
#pragma once

#include <absl/status/status.h>

#include "lib/lifecycle/centre_action.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// InvalidArgument names the field and the reason.
absl::Status Check(const v1::SilenceFilter& filter);
absl::Status Check(const v1::ActForCentreRequest& request, Time now);

// Of a request that was checked; a silence's end is a time.
CentreDetail DetailOf(const v1::ActForCentreRequest& request, Time now);

}  // namespace tocsin::gateway
