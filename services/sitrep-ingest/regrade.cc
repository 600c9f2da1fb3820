#include "sitrep-ingest/service.h"
#include "sitrep-ingest/unary.h"

namespace tocsin {

grpc::ServerUnaryReactor* SitrepService::Regrade(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  return FileOne<v1::RegradeRequest, v1::RegradeResponse>(
      context, ingest_, *request, response,
      [](const v1::RegradeRequest& parsed, Event& event, std::vector<FieldError>&) {
        event.identity.id = EventId(parsed.id());
        event.revision = parsed.revision();
        event.revision_kind = RevisionKind::kRegrade;
        event.revision_reason = parsed.reason();
        event.grading = {parsed.grading().reliability(), parsed.grading().credibility()};
      });
}

}  // namespace tocsin
