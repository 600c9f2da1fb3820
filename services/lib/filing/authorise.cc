#include "lib/filing/authorise.h"

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"

namespace tocsin {

absl::StatusOr<Principal> Authorise(const grpc::AuthContext& context, const MissionId& mission,
                                    Act act) {
  TOCSIN_ASSIGN_OR_RETURN(Principal principal, PrincipalOf(context));
  if (principal.mission != mission) {
    return absl::PermissionDeniedError(StrCat("this is the ingest of ", mission.str(),
                                              "; the certificate is of ", principal.mission.str()));
  }
  if (!May(principal, act) && principal.role != Role::kService) {
    return absl::PermissionDeniedError(
        StrCat("the role ", NameOf(principal.role), " does not file here"));
  }
  return principal;
}

}  // namespace tocsin
