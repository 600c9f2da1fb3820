#include "lib/filing/dead_letters.h"

#include <chrono>

#include "lib/base/text.h"
#include "lib/service/service.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

constexpr size_t kMaxErrors = 100;

}  // namespace

void DeadLetters::Keep(std::string payload, const std::vector<FieldError>& errors,
                       const std::string& sender) {
  v1::RefusedReport report;
  for (const FieldError& error : errors) {
    if (static_cast<size_t>(report.errors_size()) == kMaxErrors) break;
    *report.add_errors() = ToProto(error);
  }
  if (payload.size() > kMaxRecordBytes / 2) {
    *report.add_errors() = ToProto(FieldError{
        "", StrCat("of ", payload.size(), " bytes the first half million are kept"), "cut"});
    payload.resize(kMaxRecordBytes / 2);
  }
  report.set_payload(std::move(payload));
  report.set_sender(sender);
  report.set_refused_us(std::chrono::duration_cast<std::chrono::microseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count());
  OutputRecord record;
  record.target = {topic_, 0};
  record.value = SerializeDeterministic(report);
  record.headers = {{"content-type", "application/protobuf"},
                    {"ce_specversion", "1.0"},
                    {"ce_type", "tocsin.refused-report.v1"}};
  const auto lost = [this](const absl::Status& status) {
    metrics_.DeadLetterLost();
    Log(LogLevel::kError, "a refused report could not be kept",
        {{"why", std::string(status.message())}});
  };
  const absl::Status queued =
      producer_.Produce(std::move(record), [lost](const absl::StatusOr<int64_t>& offset) {
        if (!offset.ok()) lost(offset.status());
      });
  if (!queued.ok()) lost(queued);
}

}  // namespace tocsin
