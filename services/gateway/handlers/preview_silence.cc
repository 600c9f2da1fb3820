#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::PreviewSilence(grpc::CallbackServerContext* context,
                                                  const v1::PreviewSilenceRequest* request,
                                                  v1::PreviewSilenceResponse* response) {
  constexpr char kMethod[] = "PreviewSilence";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  absl::StatusOr<v1::PreviewSilenceResponse> preview = room_.doors.Preview(*caller, *request);
  if (preview.ok()) *response = *std::move(preview);
  return Finish(room_, kMethod, reactor, preview.status());
}

}  // namespace tocsin::gateway
