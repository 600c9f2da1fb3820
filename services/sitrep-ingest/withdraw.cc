#include "sitrep-ingest/service.h"
#include "sitrep-ingest/unary.h"

namespace tocsin {

grpc::ServerUnaryReactor* SitrepService::Withdraw(grpc::CallbackServerContext* context,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) {
  return FileOne<v1::WithdrawRequest, v1::WithdrawResponse>(
      context, ingest_, *request, response,
      [](const v1::WithdrawRequest& parsed, Event& event, std::vector<FieldError>&) {
        event.identity.id = EventId(parsed.id());
        event.revision = parsed.revision();
        event.revision_kind = RevisionKind::kWithdraw;
        event.revision_reason = parsed.reason();
      });
}

}  // namespace tocsin
