// Between messages of the APIs and the filing: events as they come in, receipts as they go out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "lib/domain/event.h"
#include "tocsin/v1/event.pb.h"
#include "tocsin/v1/sitrep_ingest_service.pb.h"

namespace tocsin {

// Field names of errors are those of the event, whatever message carries it.
FieldError WithoutPrefix(FieldError error, std::string_view prefix);

// OK for accepted and duplicate; INVALID_ARGUMENT, ALREADY_EXISTS or UNAVAILABLE with the receipt's
// errors otherwise.
grpc::Status StatusOf(const v1::Receipt& receipt, grpc::ServerContextBase& context);

std::vector<FieldError> ErrorsOf(const v1::Receipt& receipt);

// The event of a request, or the receipt of its refusal.
absl::StatusOr<Event> EventOf(const v1::Event& proto, std::vector<FieldError>& errors);

}  // namespace tocsin
