// Reads a request from its bytes, so that what is no message is refused with the field that is
// wrong (gRPC itself would answer INTERNAL and nothing else) and the bytes can be kept.
#pragma once

#include <optional>
#include <string>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "lib/domain/types.h"

namespace tocsin {

// The bytes of a message that a raw method got.
std::string BytesOf(const grpc::ByteBuffer& buffer);
grpc::ByteBuffer BufferOf(const google::protobuf::Message& message);

// Absent if `bytes` are a message of this type; then it is in `message`. Else what is wrong: text
// that is not UTF-8 names its field ("invalid_utf8"), everything else is "unreadable".
std::optional<FieldError> Parse(const std::string& bytes, google::protobuf::Message& message);

}  // namespace tocsin
