#include "gateway/action_writer.h"

#include <utility>

#include "lib/base/text.h"
#include "lib/wire/centre.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

OutputRecord Record(const std::string& topic, const std::string& key, const MissionId& mission,
                    const std::string& action_id, const v1::ActionsRecord& proto) {
  OutputRecord record;
  record.target = SourceId{topic, 0};
  record.key = key;
  record.value = SerializeDeterministic(proto);
  record.headers =
      CloudEventHeaders("tocsin.action.v1", StrCat("/gateway-", mission.str()), action_id);
  return record;
}

}  // namespace

OutputRecord ToRecord(const Action& action, const std::string& topic) {
  v1::ActionsRecord proto;
  *proto.mutable_action() = ToProto(action);
  return Record(topic, action.warning.str(), action.mission, action.action_id, proto);
}

OutputRecord ToRecord(const CentreAction& action, const std::string& topic) {
  v1::ActionsRecord proto;
  *proto.mutable_centre_action() = ToProto(action);
  return Record(topic, "centre", action.mission, action.action_id, proto);
}

ActionWriter::ActionWriter(Producer& producer, Hub& hub, std::string topic,
                           std::chrono::milliseconds patience)
    : ReadBack(hub, patience,
               "the action is recorded but was not read back yet; try again with the same "
               "action_id"),
      producer_(producer),
      topic_(std::move(topic)) {}

void ActionWriter::Write(const Action& action, Done done) {
  Write(ToRecord(action, topic_), std::move(done));
}

void ActionWriter::Write(const CentreAction& action, Done done) {
  Write(ToRecord(action, topic_), std::move(done));
}

void ActionWriter::Write(OutputRecord record, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const absl::Status queued =
      producer_.Produce(std::move(record), [this, shared](absl::StatusOr<int64_t> offset) {
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
