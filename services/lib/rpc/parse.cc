#include "lib/rpc/parse.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "lib/base/text.h"
#include "lib/domain/utf8.h"

namespace tocsin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// As deep as protobuf itself goes.
constexpr int kMaxDepth = 100;

// Path of the first text field that is not UTF-8; empty if there is none or the bytes are malformed
// before it.
std::string FindBadText(const Descriptor& type, std::string_view bytes, const std::string& path,
                        int depth) {
  if (depth > kMaxDepth) return "";
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  std::map<int, int> seen;
  for (uint32_t tag = in.ReadTag(); tag != 0; tag = in.ReadTag()) {
    const int number = WireFormatLite::GetTagFieldNumber(tag);
    const FieldDescriptor* field = type.FindFieldByNumber(number);
    if (field == nullptr ||
        WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return "";
      continue;
    }
    uint32_t size = 0;
    std::string value;
    if (!in.ReadVarint32(&size) || !in.ReadString(&value, static_cast<int>(size))) return "";
    std::string here = StrCat(path, path.empty() ? "" : ".", field->name());
    if (field->is_repeated() && !field->is_map()) absl::StrAppend(&here, "[", seen[number]++, "]");
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(value)) return here;
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      std::string inner = FindBadText(*field->message_type(), value, here, depth + 1);
      if (!inner.empty()) return inner;
    }
  }
  return "";
}

}  // namespace

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::string out;
  std::vector<grpc::Slice> slices;
  if (buffer.Dump(&slices).ok()) {
    out.reserve(buffer.Length());
    for (const grpc::Slice& slice : slices) {
      out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return out;
}

grpc::ByteBuffer BufferOf(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

std::optional<FieldError> Parse(const std::string& bytes, google::protobuf::Message& message) {
  // Looked for first: protobuf logs what it finds, and the text of a report does not belong in a
  // log.
  std::string bad_text = FindBadText(*message.GetDescriptor(), bytes, "", 0);
  if (!bad_text.empty()) {
    return FieldError{std::move(bad_text), "is not valid UTF-8", "invalid_utf8"};
  }
  if (!message.ParseFromString(bytes)) {
    return FieldError{"",
                      StrCat("the bytes are no ", message.GetDescriptor()->full_name(),
                             ": they end early or are malformed"),
                      "unreadable"};
  }
  return std::nullopt;
}

}  // namespace tocsin
