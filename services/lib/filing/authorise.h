// Who may call an ingest.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "lib/sharing/decide.h"

namespace tocsin {

// The caller, if its certificate is of this mission and of a role that may do so, or a program of
// the mission. Unauthenticated, PermissionDenied with the reason.
absl::StatusOr<Principal> Authorise(const grpc::AuthContext& context, const MissionId& mission,
                                    Act act);

}  // namespace tocsin
