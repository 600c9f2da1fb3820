#include "sitrep-ingest/service.h"
#include "sitrep-ingest/unary.h"

namespace tocsin {

grpc::ServerUnaryReactor* SitrepService::File(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) {
  return FileOne<v1::FileRequest, v1::FileResponse>(
      context, ingest_, *request, response,
      [](const v1::FileRequest& parsed, Event& event, std::vector<FieldError>& errors) {
        event.identity.id = EventId(parsed.event().id());
        if (auto read = EventOf(parsed.event(), errors); read.ok()) event = *std::move(read);
      });
}

}  // namespace tocsin
