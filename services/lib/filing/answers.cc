#include "lib/filing/answers.h"

#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"

namespace tocsin {

FieldError WithoutPrefix(FieldError error, std::string_view prefix) {
  if (error.field.compare(0, prefix.size(), prefix) == 0) error.field.erase(0, prefix.size());
  return error;
}

std::vector<FieldError> ErrorsOf(const v1::Receipt& receipt) {
  std::vector<FieldError> errors;
  for (const v1::FieldError& error : receipt.errors()) {
    errors.push_back({error.field(), error.reason(), error.code()});
  }
  return errors;
}

grpc::Status StatusOf(const v1::Receipt& receipt, grpc::ServerContextBase& context) {
  switch (receipt.outcome()) {
    case v1::OUTCOME_ACCEPTED:
    case v1::OUTCOME_DUPLICATE:
      return grpc::Status::OK;
    case v1::OUTCOME_CONFLICT:
      return ToGrpc(absl::StatusCode::kAlreadyExists, ErrorsOf(receipt), context);
    case v1::OUTCOME_REFUSED:
      return ToGrpc(absl::StatusCode::kInvalidArgument, ErrorsOf(receipt), context);
    default:
      return ToGrpc(absl::StatusCode::kUnavailable, ErrorsOf(receipt), context);
  }
}

absl::StatusOr<Event> EventOf(const v1::Event& proto, std::vector<FieldError>& errors) {
  absl::StatusOr<Event> event = FromProto(proto);
  if (!event.ok()) {
    // "status: 17 is not a value of Status"
    const std::string message(event.status().message());
    const size_t colon = message.find(": ");
    if (colon == std::string::npos) {
      errors.push_back({"", message, "unknown_value"});
    } else {
      errors.push_back({message.substr(0, colon), message.substr(colon + 2), "unknown_value"});
    }
  }
  return event;
}

}  // namespace tocsin
