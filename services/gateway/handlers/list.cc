#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::List(grpc::CallbackServerContext* context,
                                        const v1::ListRequest* request,
                                        v1::ListResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, "List", reactor, caller.status());
  absl::StatusOr<v1::ListResponse> page = room_.doors.List(*caller, *request);
  if (page.ok()) *response = *std::move(page);
  return Finish(room_, "List", reactor, page.status());
}

}  // namespace tocsin::gateway
