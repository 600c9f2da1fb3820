// gRPC servers and channels with mTLS, and the Principal behind a call.
//
// There is no plaintext: a server without certificates does not start.
#pragma once

#include <chrono>
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

// The caller, from the verified certificate's only URI SAN; Unauthenticated with the reason
// otherwise.
absl::StatusOr<Principal> PrincipalOf(const grpc::AuthContext& context);

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// A refusal: the message reads "place.point.latitude: 123 is outside -90..90 (out_of_range); ...",
// and the same errors travel for programs in the trailing metadata kFieldErrorsKey
// (v1.FieldErrors). Both are cut to what HTTP/2 headers surely carry.
constexpr char kFieldErrorsKey[] = "tocsin-field-errors-bin";
std::string Describe(const std::vector<FieldError>& errors);
grpc::Status ToGrpc(absl::StatusCode code, const std::vector<FieldError>& errors,
                    grpc::ServerContextBase& context);
// What a client finds there after the call; empty if nothing.
std::vector<FieldError> FieldErrorsOf(const grpc::ClientContext& context);

// Starts a server with health (per service name and "") and reflection on. Pings every 25 s, and
// lets clients ping as often as every 5 s. Port 0 picks one. Unavailable names the port if it is
// taken. Health and reflection need a certificate like every other call.
struct RunningServer {
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::vector<std::string> service_names;  // e.g. "tocsin.v1.SitrepIngestService"
  // What health says from now on, for every name. Serving from the start.
  void SetServing(bool serving);
  // Refuses new calls, lets running ones end within `grace`, then cancels them; returns when all
  // handlers are done.
  void Stop(std::chrono::milliseconds grace);
};
// The largest message that a server takes.
constexpr int kMaxMessageBytes = 4 << 20;
absl::StatusOr<RunningServer> StartServer(const std::string& address, int port,
                                          std::shared_ptr<grpc::ServerCredentials> credentials,
                                          const std::vector<grpc::Service*>& services);

// A channel that notices a dead link within 30 s even when idle. Thread-safe. `target`:
// "host:port".
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target,
                                           std::shared_ptr<grpc::ChannelCredentials> credentials);

}  // namespace tocsin
