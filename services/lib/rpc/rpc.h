// gRPC servers and channels with mTLS, and the Principal behind a call.
//
// There is no plaintext: a server without certificates does not start.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "lib/sharing/decide.h"

namespace tocsin {

// PEM files.
struct TlsFiles {
  std::string ca, certificate, key;
};

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(
    const TlsFiles& files);

// The caller, from the verified certificate's URI SAN; Unauthenticated with the reason otherwise.
absl::StatusOr<Principal> PrincipalOf(const grpc::AuthContext& context);
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// Starts a server with health (per service name and "") and reflection on. Keepalive as
// docs/architecture.md says. Unavailable names the port if it is taken.
struct RunningServer {
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};
absl::StatusOr<RunningServer> StartServer(const std::string& address, int port,
                                          std::shared_ptr<grpc::ServerCredentials> credentials,
                                          const std::vector<grpc::Service*>& services);

}  // namespace tocsin
