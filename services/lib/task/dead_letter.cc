#include "lib/task/dead_letter.h"

#include <absl/strings/str_cat.h>

#include "lib/base/hash.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin {
namespace {

constexpr size_t kLongestReason = 300;

// A reason may quote what was wrong; proto3 strings must be UTF-8.
std::string Plain(const std::string& reason) {
  std::string plain = reason.substr(0, kLongestReason);
  for (char& c : plain) {
    if (c < ' ' || c > '~') c = '?';
  }
  return plain;
}

}  // namespace

OutputRecord MakeDeadLetter(const SourceId& target, const std::string& task,
                            const InputRecord& record, const std::string& code,
                            const std::string& reason) {
  const std::optional<SourceId> original = OriginalOf(record.source);
  return MakeDeadLetter(target, task, original.value_or(record.source), record.offset,
                        Sha256Hex(record.value), code,
                        original.has_value() ? "when read again: " + reason : reason);
}

OutputRecord MakeDeadLetter(const SourceId& target, const std::string& task, const SourceId& source,
                            int64_t offset, const std::string& sha256, const std::string& code,
                            const std::string& reason) {
  v1::DeadLetter letter;
  letter.mutable_origin()->set_topic(source.topic);
  letter.mutable_origin()->set_partition(source.partition);
  letter.mutable_origin()->set_offset(offset);
  letter.set_sha256(sha256);
  letter.set_task(task);
  letter.mutable_cause()->set_code(code);
  letter.mutable_cause()->set_reason(Plain(reason));
  OutputRecord output;
  output.target = target;
  output.key = absl::StrCat(source.topic, "/", source.partition, "/", offset);
  output.value = letter.SerializeAsString();
  output.headers = {{"ce_specversion", "1.0"},
                    {"ce_type", "tocsin.dead-letter.v1"},
                    {"ce_source", absl::StrCat("/tocsin/", task)},
                    {"ce_id", output.key},
                    {"content-type", "application/protobuf"}};
  return output;
}

}  // namespace tocsin
