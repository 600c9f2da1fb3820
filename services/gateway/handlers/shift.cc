#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::Shift(grpc::CallbackServerContext* context,
                                         const v1::ShiftRequest* request,
                                         v1::ShiftResponse* response) {
  constexpr char kMethod[] = "Shift";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  absl::StatusOr<v1::ShiftResponse> shift = room_.doors.Shift(*caller, *request);
  if (shift.ok()) *response = *std::move(shift);
  return Finish(room_, kMethod, reactor, shift.status());
}

}  // namespace tocsin::gateway
