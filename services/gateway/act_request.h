// What a request to act says, checked.
#pragma once

#include <absl/status/status.h>

#include "lib/lifecycle/action.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

// InvalidArgument names the field and the reason.
absl::Status CheckActionId(const std::string& id);
absl::Status CheckComment(const std::string& comment);
absl::Status Check(const v1::ActRequest& request);

// Of a request that was checked and whose link names an id. `now` stands for times not given.
ActionDetail DetailOf(const v1::ActRequest& request, Time now);

}  // namespace tocsin::gateway
