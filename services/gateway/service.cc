#include "gateway/service.h"

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"

namespace tocsin::gateway {

absl::StatusOr<Principal> CallerOf(const Room& room, const grpc::CallbackServerContext& context,
                                   Act act) {
  TOCSIN_ASSIGN_OR_RETURN(Principal principal, PrincipalOf(*context.auth_context()));
  if (principal.mission != room.mission) {
    return absl::PermissionDeniedError(StrCat("this gateway serves ", room.mission.str(),
                                              " and the certificate is of ",
                                              principal.mission.str()));
  }
  if (!May(principal, act)) {
    return absl::PermissionDeniedError(
        StrCat("the role ", NameOf(principal.role), " may not do this"));
  }
  TOCSIN_RETURN_IF_ERROR(room.limits.Take(principal, act, std::chrono::steady_clock::now()));
  if (!room.ready) {
    return absl::UnavailableError("the gateway is still reading the log; try again");
  }
  // A promise to write it later could not be kept by a process that may end before.
  const bool writes = act == Act::kActOnWarnings || act == Act::kCountersign ||
                      act == Act::kPublishRules || act == Act::kAcceptRules;
  if (writes) TOCSIN_RETURN_IF_ERROR(room.situation.MayWrite());
  return principal;
}

grpc::ServerUnaryReactor* Finish(Room& room, const char* method, grpc::ServerUnaryReactor* reactor,
                                 const absl::Status& status) {
  room.metrics.Call(method, absl::StatusCodeToString(status.code()));
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace tocsin::gateway
