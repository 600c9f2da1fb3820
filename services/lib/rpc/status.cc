#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

// gRPC cancels a call whose headers pass 8 KiB; a byte of a message may take three there.
constexpr size_t kMaxMessage = 1500;
constexpr size_t kMaxErrorsBytes = 3000;

// Cuts to at most `size` bytes without cutting a UTF-8 character.
std::string Cut(std::string text, size_t size) {
  if (text.size() <= size) {
    return text;
  }
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
    --size;
  }
  text.resize(size);
  return text + " ...";
}

}  // namespace

// The codes of both have the same numbers.
grpc::Status ToGrpc(const absl::Status& status) {
  return status.ok() ? grpc::Status::OK
                     : grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                                    Cut(std::string(status.message()), kMaxMessage));
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

std::string Describe(const std::vector<FieldError>& errors) {
  std::string out;
  for (const FieldError& error : errors) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", error.field, error.field.empty() ? "" : ": ",
                    error.reason, " (", error.code, ")");
  }
  return out;
}

grpc::Status ToGrpc(absl::StatusCode code, const std::vector<FieldError>& errors,
                    grpc::ServerContextBase& context) {
  v1::FieldErrors wire;
  for (const FieldError& error : errors) {
    *wire.add_errors() = ToProto(error);
    if (wire.ByteSizeLong() > kMaxErrorsBytes) {
      wire.mutable_errors()->RemoveLast();
      break;
    }
  }
  context.AddTrailingMetadata(kFieldErrorsKey, wire.SerializeAsString());
  return ToGrpc(absl::Status(code, Describe(errors)));
}

std::vector<FieldError> FieldErrorsOf(const grpc::ClientContext& context) {
  std::vector<FieldError> out;
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find(kFieldErrorsKey);
  v1::FieldErrors wire;
  if (found != metadata.end() &&
      wire.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()))) {
    for (const v1::FieldError& error : wire.errors()) {
      out.push_back({error.field(), error.reason(), error.code()});
    }
  }
  return out;
}

}  // namespace tocsin
