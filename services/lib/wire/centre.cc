#include "lib/wire/centre.h"

namespace tocsin {
namespace {

void Put(const SilenceFilter& filter, v1::SilenceFilter& proto) {
  for (const WarningId& id : filter.warnings) proto.add_warning_ids(id.str());
  for (const RuleId& rule : filter.rules) proto.add_rule_ids(rule.str());
  for (const AreaId& area : filter.areas) proto.add_areas(area.str());
  proto.set_severity_max(static_cast<v1::Severity>(filter.severity_max));
}

void Put(const HandOverNote& note, v1::HandOverNote& proto) {
  proto.set_offer_id(note.offer);
  proto.set_from(note.from);
  proto.set_to(note.to);
  proto.set_note(note.note);
  proto.set_offered_us(ToMicros(note.offered));
  proto.set_signed_us(ToMicros(note.was_signed));
}

class DetailWriter {
 public:
  explicit DetailWriter(v1::CentreDetail& proto) : proto_(proto) {}
  void operator()(const std::monostate& /*none*/) { proto_.clear_what(); }
  void operator()(const Silence& detail) {
    Put(detail.filter, *proto_.mutable_silence()->mutable_filter());
    proto_.mutable_silence()->set_expires_us(ToMicros(detail.expires));
  }
  void operator()(const Countersign& detail) {
    proto_.mutable_countersign()->set_silence_id(detail.silence);
  }
  void operator()(const EndSilence& detail) {
    proto_.mutable_end_silence()->set_silence_id(detail.silence);
  }
  void operator()(const LogOn& detail) { proto_.mutable_log_on()->set_person(detail.person); }
  void operator()(const LogOff& /*detail*/) { proto_.mutable_log_off(); }
  void operator()(const HandOver& detail) { proto_.mutable_hand_over()->set_to(detail.to); }
  void operator()(const SignHandOver& detail) {
    proto_.mutable_sign_hand_over()->set_offer_id(detail.offer);
  }

 private:
  v1::CentreDetail& proto_;
};

}  // namespace

SilenceFilter FromProto(const v1::SilenceFilter& proto) {
  SilenceFilter filter;
  for (const std::string& id : proto.warning_ids()) filter.warnings.emplace(id);
  for (const std::string& rule : proto.rule_ids()) filter.rules.emplace(rule);
  for (const std::string& area : proto.areas()) filter.areas.emplace(area);
  // A severity that this build does not know may be graver than all that it knows.
  if (!v1::Severity_IsValid(proto.severity_max())) {
    filter.severity_max = Severity::kUnspecified;
  } else if (proto.severity_max() != v1::SEVERITY_UNSPECIFIED) {
    filter.severity_max = static_cast<Severity>(proto.severity_max());
  }
  return filter;
}

CentreDetail FromProto(const v1::CentreDetail& proto) {
  switch (proto.what_case()) {
    case v1::CentreDetail::kSilence:
      return Silence{FromProto(proto.silence().filter()), FromMicros(proto.silence().expires_us())};
    case v1::CentreDetail::kCountersign:
      return Countersign{proto.countersign().silence_id()};
    case v1::CentreDetail::kEndSilence:
      return EndSilence{proto.end_silence().silence_id()};
    case v1::CentreDetail::kLogOn:
      return LogOn{proto.log_on().person()};
    case v1::CentreDetail::kLogOff:
      return LogOff{};
    case v1::CentreDetail::kHandOver:
      return HandOver{proto.hand_over().to()};
    case v1::CentreDetail::kSignHandOver:
      return SignHandOver{proto.sign_hand_over().offer_id()};
    case v1::CentreDetail::WHAT_NOT_SET:
      break;
  }
  return std::monostate();
}

v1::CentreAction ToProto(const CentreAction& action) {
  v1::CentreAction proto;
  proto.set_action_id(action.action_id);
  proto.set_mission(action.mission.str());
  proto.set_person(action.person);
  proto.set_desk(action.desk);
  proto.set_comment(action.comment);
  proto.set_acted_us(ToMicros(action.acted));
  std::visit(DetailWriter(*proto.mutable_detail()), action.detail);
  return proto;
}

CentreAction FromProto(const v1::CentreAction& proto) {
  CentreAction action;
  action.action_id = proto.action_id();
  action.mission = MissionId(proto.mission());
  action.detail = FromProto(proto.detail());
  action.person = proto.person();
  action.desk = proto.desk();
  action.comment = proto.comment();
  action.acted = FromMicros(proto.acted_us());
  return action;
}

v1::Centre ToProto(const Centre& centre, Time now) {
  v1::Centre proto;
  proto.set_actions(centre.actions);
  for (const auto& [id, silence] : centre.silences) {
    if (!silence.HoldsAt(now)) continue;
    v1::ActiveSilence& active = *proto.add_silences();
    active.set_silence_id(id);
    Put(silence.filter, *active.mutable_filter());
    active.set_person(silence.person);
    active.set_reason(silence.reason);
    active.set_set_us(ToMicros(silence.set));
    active.set_expires_us(ToMicros(silence.expires));
    active.set_countersigned_by(silence.countersigned_by);
  }
  for (const auto& [desk, on_watch] : centre.on_watch) {
    v1::OnWatch& at = *proto.add_on_watch();
    at.set_person(on_watch.person);
    at.set_desk(desk);
    at.set_since_us(ToMicros(on_watch.since));
  }
  if (centre.offered) Put(*centre.offered, *proto.mutable_offered());
  if (centre.handed_over) Put(*centre.handed_over, *proto.mutable_handed_over());
  return proto;
}

Audible AudibleOf(const v1::Warning& warning) {
  Audible audible;
  audible.id = WarningId(warning.id());
  audible.rule = RuleId(warning.rule_id());
  audible.severity = static_cast<Severity>(warning.severity());
  for (const std::string& area : warning.areas()) audible.areas.emplace(area);
  return audible;
}

}  // namespace tocsin
