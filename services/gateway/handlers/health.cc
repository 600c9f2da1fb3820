#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::Health(grpc::CallbackServerContext* context,
                                          const v1::HealthRequest* /*request*/,
                                          v1::HealthResponse* response) {
  constexpr char kMethod[] = "Health";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  *response->mutable_overdue() = room_.situation.OverdueFor({});
  for (v1::JocLink& link : room_.situation.LinksFor(*caller)) {
    *response->add_links() = std::move(link);
  }
  for (v1::Trouble& trouble : room_.situation.Troubles()) {
    *response->add_troubles() = std::move(trouble);
  }
  return Finish(room_, kMethod, reactor, absl::OkStatus());
}

}  // namespace tocsin::gateway
