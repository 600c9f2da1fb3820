#include "gateway/action_writer.h"

#include <utility>

#include "lib/base/text.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
OutputRecord ToRecord(const Action& action, const std::string& topic) {
  OutputRecord record;
  record.target = SourceId{topic, 0};
  record.key = action.warning.str();
  record.value = SerializeDeterministic(ToProto(action));
  record.headers = CloudEventHeaders("tocsin.action.v1", StrCat("/gateway-", action.mission.str()),
                                     action.action_id);
  return record;
}

ActionWriter::ActionWriter(Producer& producer, Hub& hub, std::string topic,
                           std::chrono::milliseconds patience)
    : ReadBack(hub, patience,
               "the action is recorded but was not read back yet; try again with the same "
               "action_id"),
      producer_(producer),
      topic_(std::move(topic)) {}

void ActionWriter::Write(const Action& action, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const absl::Status queued =
      producer_.Produce(ToRecord(action, topic_), [this, shared](absl::StatusOr<int64_t> offset) {
        if (offset.ok()) {
          Written(*offset, std::move(*shared));
        } else {
          (*shared)(absl::UnavailableError(StrCat("the action may not have been recorded (",
                                                  offset.status().message(),
                                                  "); try again with the same action_id")));
        }
      });
  if (!queued.ok()) {
    (*shared)(absl::UnavailableError(
        StrCat("the action was not recorded: ", queued.message(), "; try again")));
  }
}

}  // namespace tocsin::gateway
