#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::Get(grpc::CallbackServerContext* context,
                                       const v1::GetRequest* request, v1::GetResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, "Get", reactor, caller.status());
  absl::StatusOr<v1::WarningView> view = room_.doors.Get(*caller, request->warning_id());
  if (view.ok()) *response->mutable_view() = *std::move(view);
  return Finish(room_, "Get", reactor, view.status());
}

}  // namespace tocsin::gateway
