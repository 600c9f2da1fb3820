#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::Ledger(grpc::CallbackServerContext* context,
                                          const v1::LedgerRequest* request,
                                          v1::LedgerResponse* response) {
  constexpr char kMethod[] = "Ledger";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  absl::StatusOr<v1::LedgerResponse> page = room_.doors.Ledger(*caller, *request, room_.ledger);
  if (page.ok()) {
    *response = *std::move(page);
    *response->mutable_overdue() = room_.situation.OverdueFor(request->filter());
  }
  return Finish(room_, kMethod, reactor, page.status());
}

}  // namespace tocsin::gateway
