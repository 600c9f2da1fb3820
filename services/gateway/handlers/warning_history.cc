#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::WarningHistory(grpc::CallbackServerContext* context,
                                                  const v1::WarningHistoryRequest* request,
                                                  v1::WarningHistoryResponse* response) {
  constexpr char kMethod[] = "WarningHistory";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  absl::StatusOr<v1::WarningHistoryResponse> history = room_.doors.History(*caller, *request);
  if (history.ok()) *response = *std::move(history);
  return Finish(room_, kMethod, reactor, history.status());
}

}  // namespace tocsin::gateway
