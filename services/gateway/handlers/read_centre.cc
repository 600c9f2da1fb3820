#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::ReadCentre(grpc::CallbackServerContext* context,
                                              const v1::ReadCentreRequest* /*request*/,
                                              v1::ReadCentreResponse* response) {
  constexpr char kMethod[] = "ReadCentre";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (caller.ok()) *response->mutable_centre() = room_.doors.Centre(*caller);
  return Finish(room_, kMethod, reactor, caller.status());
}

}  // namespace tocsin::gateway
