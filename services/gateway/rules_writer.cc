#include "gateway/rules_writer.h"

#include <memory>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

constexpr char kAgain[] = "; try again with the same id";

OutputRecord RecordOf(const RulesInput& input, const std::string& source) {
  OutputRecord record;
  record.target = SourceId{kRulesTopic, 0};
  record.key = RecordKey(input);
  record.value = SerializeDeterministic(ToProto(input));
  record.headers = CloudEventHeaders("tocsin.rules.v1", "/" + source, ShortHashHex(record.value));
  return record;
}

}  // namespace

RulesWriter::RulesWriter(Producer& producer, Hub& hub, const RulesLog& log, std::string source,
                         std::chrono::milliseconds patience)
    : ReadBack(hub, patience, StrCat("it is recorded but was not read back yet", kAgain)),
      producer_(producer),
      log_(log),
      source_(std::move(source)) {}

void RulesWriter::Write(const std::vector<RulesInput>& records, Done done) {
  const auto shared = std::make_shared<Done>(std::move(done));
  for (size_t i = 0; i < records.size(); ++i) {
    const bool last = i + 1 == records.size();
    // Of one that did not get there before the last one the judgement of that says so.
    const absl::Status queued = producer_.Produce(
        RecordOf(records[i], source_), [this, shared, last](absl::StatusOr<int64_t> offset) {
          if (!last) return;
          if (!offset.ok()) {
            (*shared)(absl::UnavailableError(
                StrCat("it may not have been recorded (", offset.status().message(), ")", kAgain)));
            return;
          }
          Written(*offset, [this, shared, at = *offset](const absl::Status& read) {
            (*shared)(read.ok() ? log_.JudgementOf(at) : read);
          });
        });
    if (queued.ok()) continue;
    (*shared)(absl::UnavailableError(StrCat("it was not recorded: ", queued.message(), kAgain)));
    return;
  }
}

}  // namespace tocsin::gateway
