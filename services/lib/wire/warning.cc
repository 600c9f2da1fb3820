#include "lib/base/status_macros.h"
#include "lib/wire/common.h"

namespace tocsin {
namespace {

void ContentToProto(const WarningContent& content, v1::Warning& proto) {
  proto.set_status(wire::EnumOf<v1::Status>(content.status));
  proto.set_exercise_id(content.exercise_id);
  proto.set_rule_id(content.rule_id.str());
  proto.set_rule_version(content.rule_version);
  wire::AttributesToProto(content.key, proto.mutable_key());
  wire::IdsToProto(content.addressees, proto.mutable_addressees());
  proto.set_severity(wire::EnumOf<v1::Severity>(content.severity));
  proto.set_urgency(wire::EnumOf<v1::Urgency>(content.urgency));
  proto.set_certainty(wire::EnumOf<v1::Certainty>(content.certainty));
  proto.set_response_type(wire::EnumOf<v1::ResponseType>(content.response));
  wire::IdsToProto(content.areas, proto.mutable_areas());
  wire::IdsToProto(content.corridors, proto.mutable_corridors());
  *proto.mutable_episode() = wire::ToProto(content.episode);
  proto.set_onset_us(ToMicros(content.onset));
  proto.set_expires_us(ToMicros(content.expires));
  for (const Evidence& evidence : content.evidence) {
    *proto.add_evidence() = wire::ToProto(evidence);
  }
  for (const Measure& measure : content.measures) {
    v1::Measure* out = proto.add_measures();
    out->set_name(measure.name);
    out->set_value(measure.value);
    out->set_threshold(measure.threshold);
  }
  proto.set_unverified(content.unverified);
  proto.set_absence_state(content.absence_state);
  *proto.mutable_label() = ToProto(content.label);
}

absl::StatusOr<WarningContent> ContentFromProto(const v1::Warning& proto) {
  WarningContent content;
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.status(), "status", content.status));
  content.exercise_id = proto.exercise_id();
  content.rule_id = RuleId(proto.rule_id());
  content.rule_version = proto.rule_version();
  content.key = wire::AttributesFromProto(proto.key());
  content.addressees = wire::IdsFromProto<MissionId>(proto.addressees());
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.severity(), "severity", content.severity));
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.urgency(), "urgency", content.urgency));
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.certainty(), "certainty", content.certainty));
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.response_type(), "response_type", content.response));
  content.areas = wire::IdsFromProto<AreaId>(proto.areas());
  content.corridors = wire::IdsFromProto<CorridorId>(proto.corridors());
  content.episode = wire::FromProto(proto.episode());
  content.onset = FromMicros(proto.onset_us());
  content.expires = FromMicros(proto.expires_us());
  for (const v1::Evidence& evidence : proto.evidence()) {
    TOCSIN_ASSIGN_OR_RETURN(Evidence plain, wire::FromProto(evidence));
    content.evidence.push_back(std::move(plain));
  }
  for (const v1::Measure& measure : proto.measures()) {
    content.measures.push_back({measure.name(), measure.value(), measure.threshold()});
  }
  content.unverified = proto.unverified();
  content.absence_state = proto.absence_state();
  TOCSIN_ASSIGN_OR_RETURN(content.label, FromProto(proto.label()));
  return content;
}

}  // namespace

v1::Warning ToProto(const Warning& warning) {
  v1::Warning proto;
  proto.set_id(warning.id.str());
  proto.set_revision(warning.revision);
  proto.set_message_type(wire::EnumOf<v1::MessageType>(warning.message_type));
  proto.set_number(warning.number);
  ContentToProto(warning.content, proto);
  proto.set_issued_us(ToMicros(warning.issued));
  if (warning.caused_by) *proto.mutable_caused_by() = ToProto(*warning.caused_by);
  proto.set_caused_by_revision(warning.caused_by_revision);
  proto.set_merged_into(warning.merged_into);
  proto.set_split_from(warning.split_from);
  proto.set_end_reason(warning.end_reason);
  proto.set_alerts(warning.alerts);
  proto.set_found_by_backfill(warning.found_by_backfill);
  proto.mutable_rule_title()->insert(warning.rule_title.begin(), warning.rule_title.end());
  for (const RestsOn& other : warning.rests_on) {
    v1::RestsOn* out = proto.add_rests_on();
    out->set_warning_id(other.id.str());
    out->set_number(other.number);
    out->set_rule_id(other.rule.str());
    out->set_selection(other.selection);
  }
  return proto;
}

absl::StatusOr<Warning> FromProto(const v1::Warning& proto) {
  Warning warning;
  warning.id = WarningId(proto.id());
  warning.revision = proto.revision();
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.message_type(), "message_type", warning.message_type));
  warning.number = proto.number();
  TOCSIN_ASSIGN_OR_RETURN(warning.content, ContentFromProto(proto));
  warning.issued = FromMicros(proto.issued_us());
  if (proto.has_caused_by()) warning.caused_by = FromProto(proto.caused_by());
  warning.caused_by_revision = proto.caused_by_revision();
  warning.merged_into = proto.merged_into();
  warning.split_from = proto.split_from();
  warning.end_reason = proto.end_reason();
  warning.alerts = proto.alerts();
  warning.found_by_backfill = proto.found_by_backfill();
  warning.rule_title.insert(proto.rule_title().begin(), proto.rule_title().end());
  for (const v1::RestsOn& other : proto.rests_on()) {
    warning.rests_on.push_back({WarningId(other.warning_id()), other.number(),
                                RuleId(other.rule_id()), other.selection()});
  }
  return warning;
}

v1::EvaluatedUpTo ToProto(const EvaluatedRecord& record) {
  v1::EvaluatedUpTo proto;
  proto.set_keyed_partition(record.keyed_partition);
  *proto.mutable_tick() = ToProto(record.tick);
  proto.set_evaluated_up_to_us(ToMicros(record.evaluated_up_to));
  proto.set_rules_digest(record.rules_digest);
  proto.set_semantics_version(record.semantics_version);
  wire::IdsToProto(record.throttled, proto.mutable_throttled());
  wire::IdsToProto(record.backfilling, proto.mutable_backfilling());
  wire::IdsToProto(record.reconciling, proto.mutable_reconciling());
  return proto;
}

absl::StatusOr<EvaluatedRecord> FromProto(const v1::EvaluatedUpTo& proto) {
  EvaluatedRecord record;
  record.keyed_partition = proto.keyed_partition();
  TOCSIN_ASSIGN_OR_RETURN(record.tick, FromProto(proto.tick()));
  record.evaluated_up_to = FromMicros(proto.evaluated_up_to_us());
  record.rules_digest = proto.rules_digest();
  record.semantics_version = proto.semantics_version();
  record.throttled = wire::IdsFromProto<RuleId>(proto.throttled());
  record.backfilling = wire::IdsFromProto<RuleId>(proto.backfilling());
  record.reconciling = wire::IdsFromProto<RuleId>(proto.reconciling());
  return record;
}

}  // namespace tocsin
