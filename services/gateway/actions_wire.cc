#include "gateway/actions_wire.h"

namespace tocsin::gateway {

v1::Action ToProto(const Action& action) {
  v1::Action proto;
  proto.set_action_id(action.action_id);
  proto.set_mission(action.mission.str());
  proto.set_warning_id(action.warning.str());
  proto.set_kind(static_cast<v1::ActionKind>(action.kind));
  proto.set_person(action.person);
  proto.set_desk(action.desk);
  proto.set_comment(action.comment);
  proto.set_expect(static_cast<int32_t>(action.expect));
  proto.set_warning_revision(action.warning_revision);
  proto.set_acted_us(ToMicros(action.acted));
  proto.set_status(static_cast<v1::Status>(action.status));
  proto.set_exercise_id(action.exercise_id);
  return proto;
}

Action ActionFromProto(const v1::Action& proto) {
  Action action;
  action.action_id = proto.action_id();
  action.mission = MissionId(proto.mission());
  action.warning = WarningId(proto.warning_id());
  action.kind = v1::ActionKind_IsValid(proto.kind()) ? static_cast<ActionKind>(proto.kind())
                                                     : ActionKind::kUnspecified;
  action.person = proto.person();
  action.desk = proto.desk();
  action.comment = proto.comment();
  action.expect = proto.expect();
  action.warning_revision = proto.warning_revision();
  action.acted = FromMicros(proto.acted_us());
  action.status = v1::Status_IsValid(proto.status()) ? static_cast<Status>(proto.status())
                                                     : Status::kUnspecified;
  action.exercise_id = proto.exercise_id();
  return action;
}

v1::Lifecycle ToProto(const Lifecycle& lifecycle) {
  v1::Lifecycle proto;
  proto.set_state(static_cast<v1::LifecycleState>(lifecycle.state));
  proto.set_actions(static_cast<int32_t>(lifecycle.actions));
  proto.set_acknowledged_by(lifecycle.acknowledged_by);
  proto.set_acknowledged_desk(lifecycle.acknowledged_desk);
  proto.set_acknowledged_us(ToMicros(lifecycle.acknowledged));
  proto.set_acknowledged_revision(lifecycle.acknowledged_revision);
  proto.set_comment(lifecycle.comment);
  return proto;
}

}  // namespace tocsin::gateway
