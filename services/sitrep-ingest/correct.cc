#include "sitrep-ingest/service.h"
#include "sitrep-ingest/unary.h"

namespace tocsin {

grpc::ServerUnaryReactor* SitrepService::Correct(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  return FileOne<v1::CorrectRequest, v1::CorrectResponse>(
      context, ingest_, *request, response,
      [](const v1::CorrectRequest& parsed, Event& event, std::vector<FieldError>& errors) {
        event.identity.id = EventId(parsed.event().id());
        auto read = EventOf(parsed.event(), errors);
        if (!read.ok()) return;
        event = *std::move(read);
        if (event.revision < 2) {
          errors.push_back({"revision", "a correction is revision 2 or later", "bad_revision"});
        }
        if (event.revision_kind != RevisionKind::kUnspecified &&
            event.revision_kind != RevisionKind::kCorrect) {
          errors.push_back({"revision_kind", "must be correct or left out", "bad_revision"});
        }
        event.revision_kind = RevisionKind::kCorrect;
      });
}

}  // namespace tocsin
