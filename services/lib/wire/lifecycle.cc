#include "lib/wire/lifecycle.h"

namespace tocsin {
namespace {

// 0 on the wire is no time; of an end, never.
int64_t WireOf(Time time) { return time == kNever ? 0 : ToMicros(time); }
Time NeverOr(int64_t us) { return us == 0 ? kNever : FromMicros(us); }

v1::ResponseOfUnit ToProto(const std::string& unit, const Response& response) {
  v1::ResponseOfUnit proto;
  proto.set_unit(unit);
  proto.set_tasked_us(WireOf(response.tasked));
  proto.set_on_scene_us(WireOf(response.on_scene));
  proto.set_ended_us(WireOf(response.ended));
  proto.set_result(response.result);
  proto.set_told_by(response.told_by);
  return proto;
}

Response FromProto(const v1::ResponseOfUnit& proto) {
  return {FromMicros(proto.tasked_us()), FromMicros(proto.on_scene_us()),
          FromMicros(proto.ended_us()), proto.result(), proto.told_by()};
}

void Put(const Quiet& quiet, v1::Quiet& proto) {
  proto.set_reason(static_cast<v1::QuietReason>(quiet.reason));
  proto.set_by(quiet.by);
  proto.set_until_us(WireOf(quiet.until));
}

class DetailWriter {
 public:
  explicit DetailWriter(v1::ActionDetail& proto) : proto_(proto) {}
  void operator()(const std::monostate& /*none*/) { proto_.clear_what(); }
  void operator()(const Acknowledge& detail) {
    proto_.mutable_acknowledge()->set_expires_us(WireOf(detail.expires));
  }
  void operator()(const Assign& detail) { proto_.mutable_assign()->set_person(detail.person); }
  void operator()(const Remark& /*detail*/) { proto_.mutable_remark(); }
  void operator()(const Escalate& detail) {
    proto_.mutable_escalate()->set_to(static_cast<v1::EscalationLevel>(detail.to));
  }
  void operator()(const Resolve& /*detail*/) { proto_.mutable_resolve(); }
  void operator()(const Reopen& /*detail*/) { proto_.mutable_reopen(); }
  void operator()(const Link& detail) {
    proto_.mutable_link()->set_warning_id(detail.other.str());
    proto_.mutable_link()->set_undo(detail.undo);
  }
  void operator()(const Mark& detail) {
    proto_.mutable_mark()->set_verdict(static_cast<v1::Verdict>(detail.verdict));
  }
  void operator()(const Respond& detail) {
    proto_.mutable_respond()->set_unit(detail.unit);
    proto_.mutable_respond()->set_stage(static_cast<v1::ResponseStage>(detail.stage));
    proto_.mutable_respond()->set_at_us(WireOf(detail.at));
  }
  void operator()(const Lapse& detail) {
    proto_.mutable_lapse()->set_expired_us(WireOf(detail.expired));
  }
  void operator()(const Inherit& detail) {
    v1::Inherit& proto = *proto_.mutable_inherit();
    proto.set_from_warning_id(detail.from.str());
    proto.set_acknowledged_by(detail.acknowledged_by);
    proto.set_acknowledged_desk(detail.acknowledged_desk);
    proto.set_acknowledged_us(WireOf(detail.acknowledged));
    proto.set_acknowledgement_expires_us(WireOf(detail.acknowledgement_expires));
    proto.set_owner(detail.owner);
    proto.set_assigned_by(detail.assigned_by);
    proto.set_level(static_cast<v1::EscalationLevel>(detail.level));
    proto.set_escalated_us(WireOf(detail.escalated));
    proto.set_escalated_by(detail.escalated_by);
    proto.set_comment(detail.comment);
    proto.set_comment_by(detail.comment_by);
    for (const auto& [unit, response] : detail.responses) {
      *proto.add_responses() = ToProto(unit, response);
    }
    for (const WarningId& link : detail.links) proto.add_links(link.str());
  }
  void operator()(const Quieten& detail) {
    Put(detail.quiet, *proto_.mutable_quieten()->mutable_quiet());
  }
  void operator()(const Wake& detail) {
    proto_.mutable_wake()->set_at_us(WireOf(detail.at));
    proto_.mutable_wake()->set_grouped(detail.grouped);
  }

 private:
  v1::ActionDetail& proto_;
};

template <class E>
E Known(int value, bool valid) {
  return valid ? static_cast<E>(value) : E::kUnspecified;
}

EscalationLevel LevelOf(v1::EscalationLevel level) {
  return Known<EscalationLevel>(level, v1::EscalationLevel_IsValid(level));
}
Verdict VerdictOf(v1::Verdict verdict) {
  return Known<Verdict>(verdict, v1::Verdict_IsValid(verdict));
}

Quiet QuietFrom(const v1::Quiet& proto) {
  return {Known<QuietReason>(proto.reason(), v1::QuietReason_IsValid(proto.reason())), proto.by(),
          NeverOr(proto.until_us())};
}

Inherit InheritFrom(const v1::Inherit& proto) {
  Inherit inherit;
  inherit.from = WarningId(proto.from_warning_id());
  inherit.acknowledged_by = proto.acknowledged_by();
  inherit.acknowledged_desk = proto.acknowledged_desk();
  inherit.acknowledged = FromMicros(proto.acknowledged_us());
  inherit.acknowledgement_expires = NeverOr(proto.acknowledgement_expires_us());
  inherit.owner = proto.owner();
  inherit.assigned_by = proto.assigned_by();
  inherit.level = LevelOf(proto.level());
  inherit.escalated = FromMicros(proto.escalated_us());
  inherit.escalated_by = proto.escalated_by();
  inherit.comment = proto.comment();
  inherit.comment_by = proto.comment_by();
  for (const v1::ResponseOfUnit& unit : proto.responses()) {
    inherit.responses[unit.unit()] = FromProto(unit);
  }
  for (const std::string& link : proto.links()) inherit.links.emplace(link);
  return inherit;
}

}  // namespace

ActionDetail FromProto(const v1::ActionDetail& proto) {
  switch (proto.what_case()) {
    case v1::ActionDetail::kAcknowledge:
      return Acknowledge{NeverOr(proto.acknowledge().expires_us())};
    case v1::ActionDetail::kAssign:
      return Assign{proto.assign().person()};
    case v1::ActionDetail::kRemark:
      return Remark{};
    case v1::ActionDetail::kEscalate:
      return Escalate{LevelOf(proto.escalate().to())};
    case v1::ActionDetail::kResolve:
      return Resolve{};
    case v1::ActionDetail::kReopen:
      return Reopen{};
    case v1::ActionDetail::kLink:
      return Link{WarningId(proto.link().warning_id()), proto.link().undo()};
    case v1::ActionDetail::kMark:
      return Mark{VerdictOf(proto.mark().verdict())};
    case v1::ActionDetail::kRespond:
      return Respond{proto.respond().unit(),
                     Known<ResponseStage>(proto.respond().stage(),
                                          v1::ResponseStage_IsValid(proto.respond().stage())),
                     FromMicros(proto.respond().at_us())};
    case v1::ActionDetail::kLapse:
      return Lapse{FromMicros(proto.lapse().expired_us())};
    case v1::ActionDetail::kInherit:
      return InheritFrom(proto.inherit());
    case v1::ActionDetail::kQuieten:
      return Quieten{QuietFrom(proto.quieten().quiet())};
    case v1::ActionDetail::kWake:
      return Wake{FromMicros(proto.wake().at_us()), proto.wake().grouped()};
    case v1::ActionDetail::WHAT_NOT_SET:
      break;
  }
  return std::monostate();
}

v1::Action ToProto(const Action& action) {
  v1::Action proto;
  proto.set_action_id(action.action_id);
  proto.set_mission(action.mission.str());
  proto.set_warning_id(action.warning.str());
  proto.set_person(action.person);
  proto.set_desk(action.desk);
  proto.set_comment(action.comment);
  proto.set_expect(static_cast<int32_t>(action.expect));
  proto.set_warning_revision(action.warning_revision);
  proto.set_acted_us(ToMicros(action.acted));
  proto.set_status(static_cast<v1::Status>(action.status));
  proto.set_exercise_id(action.exercise_id);
  std::visit(DetailWriter(*proto.mutable_detail()), action.detail);
  return proto;
}

Action FromProto(const v1::Action& proto) {
  Action action;
  action.action_id = proto.action_id();
  action.mission = MissionId(proto.mission());
  action.warning = WarningId(proto.warning_id());
  action.detail = FromProto(proto.detail());
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
  proto.set_acknowledged_us(WireOf(lifecycle.acknowledged));
  proto.set_acknowledged_revision(lifecycle.acknowledged_revision);
  proto.set_acknowledgement_expires_us(WireOf(lifecycle.acknowledgement_expires));
  proto.set_waiting_since_us(WireOf(lifecycle.waiting_since));
  proto.set_comment(lifecycle.comment);
  proto.set_comment_by(lifecycle.comment_by);
  proto.set_owner(lifecycle.owner);
  proto.set_assigned_by(lifecycle.assigned_by);
  proto.set_level(static_cast<v1::EscalationLevel>(lifecycle.level));
  proto.set_escalated_us(WireOf(lifecycle.escalated));
  proto.set_escalated_by(lifecycle.escalated_by);
  proto.set_resolved_by(lifecycle.resolved_by);
  proto.set_resolved_us(WireOf(lifecycle.resolved));
  proto.set_resolved_revision(lifecycle.resolved_revision);
  proto.set_verdict(static_cast<v1::Verdict>(lifecycle.verdict));
  proto.set_verdict_by(lifecycle.verdict_by);
  for (const auto& [unit, response] : lifecycle.responses) {
    *proto.add_responses() = ToProto(unit, response);
  }
  for (const WarningId& link : lifecycle.links) proto.add_links(link.str());
  for (const WarningId& id : lifecycle.predecessors) proto.add_predecessors(id.str());
  if (lifecycle.quiet) Put(*lifecycle.quiet, *proto.mutable_quiet());
  proto.set_rang_us(WireOf(lifecycle.rang));
  return proto;
}

Lifecycle FromProto(const v1::Lifecycle& proto) {
  Lifecycle lifecycle;
  lifecycle.state = Known<LifecycleState>(proto.state(), v1::LifecycleState_IsValid(proto.state()));
  lifecycle.actions = proto.actions();
  lifecycle.acknowledged_by = proto.acknowledged_by();
  lifecycle.acknowledged_desk = proto.acknowledged_desk();
  lifecycle.acknowledged = FromMicros(proto.acknowledged_us());
  lifecycle.acknowledged_revision = proto.acknowledged_revision();
  lifecycle.acknowledgement_expires = NeverOr(proto.acknowledgement_expires_us());
  lifecycle.waiting_since = FromMicros(proto.waiting_since_us());
  lifecycle.comment = proto.comment();
  lifecycle.comment_by = proto.comment_by();
  lifecycle.owner = proto.owner();
  lifecycle.assigned_by = proto.assigned_by();
  lifecycle.level = LevelOf(proto.level());
  lifecycle.escalated = FromMicros(proto.escalated_us());
  lifecycle.escalated_by = proto.escalated_by();
  lifecycle.resolved_by = proto.resolved_by();
  lifecycle.resolved = FromMicros(proto.resolved_us());
  lifecycle.resolved_revision = proto.resolved_revision();
  lifecycle.verdict = VerdictOf(proto.verdict());
  lifecycle.verdict_by = proto.verdict_by();
  for (const v1::ResponseOfUnit& unit : proto.responses()) {
    lifecycle.responses[unit.unit()] = FromProto(unit);
  }
  for (const std::string& link : proto.links()) lifecycle.links.emplace(link);
  for (const std::string& id : proto.predecessors()) lifecycle.predecessors.emplace(id);
  if (proto.has_quiet()) lifecycle.quiet = QuietFrom(proto.quiet());
  lifecycle.rang = FromMicros(proto.rang_us());
  return lifecycle;
}

}  // namespace tocsin
