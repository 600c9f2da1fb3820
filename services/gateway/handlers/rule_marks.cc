#include "gateway/service.h"

namespace tocsin::gateway {

grpc::ServerUnaryReactor* Service::RuleMarks(grpc::CallbackServerContext* context,
                                             const v1::RuleMarksRequest* request,
                                             v1::RuleMarksResponse* response) {
  constexpr char kMethod[] = "RuleMarks";
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return Finish(room_, kMethod, reactor, caller.status());
  absl::StatusOr<v1::RuleMarksResponse> marks = room_.doors.Marks(*caller, request->filter());
  if (marks.ok()) *response = *std::move(marks);
  return Finish(room_, kMethod, reactor, marks.status());
}

}  // namespace tocsin::gateway
