#include <grpc/grpc_security_constants.h>

#include "lib/base/text.h"
#include "lib/rpc/rpc.h"

namespace tocsin {

absl::StatusOr<Principal> PrincipalOf(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated()) {
    return absl::UnauthenticatedError("the call carries no verified certificate");
  }
  const std::vector<grpc::string_ref> uris =
      context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1) {
    // Which of two identities was meant is nobody's to guess.
    return absl::UnauthenticatedError(
        StrCat("the certificate must name exactly one identity in a URI of its subject alternative "
               "name, not ",
               uris.size()));
  }
  absl::StatusOr<Principal> principal =
      ParsePrincipal(std::string_view(uris[0].data(), uris[0].size()));
  if (!principal.ok()) {
    return absl::UnauthenticatedError(principal.status().message());
  }
  return principal;
}

}  // namespace tocsin
