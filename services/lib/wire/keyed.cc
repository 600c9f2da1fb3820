#include "lib/base/status_macros.h"
#include "lib/wire/common.h"

namespace tocsin {
namespace {

v1::KeyedWarning KeyedWarningToProto(const KeyedWarning& warning) {
  v1::KeyedWarning proto;
  proto.set_rule_id(warning.rule.str());
  proto.set_number(warning.number);
  proto.set_severity(wire::EnumOf<v1::Severity>(warning.severity));
  proto.set_onset_us(ToMicros(warning.onset));
  proto.set_open(warning.open);
  *proto.mutable_label() = ToProto(warning.label);
  wire::IdsToProto(warning.missions, proto.mutable_missions());
  wire::IdsToProto(warning.evidence_areas, proto.mutable_evidence_areas());
  for (const KeyedWarning::Item& item : warning.evidence) {
    *proto.add_evidence() = wire::ToProto(item.evidence);
    proto.add_origins(item.origin);
  }
  proto.set_left_out(warning.left_out);
  proto.set_found_by_backfill(warning.found_by_backfill);
  return proto;
}

absl::StatusOr<KeyedWarning> KeyedWarningFromProto(const v1::KeyedWarning& proto) {
  KeyedWarning warning;
  warning.rule = RuleId(proto.rule_id());
  warning.number = proto.number();
  TOCSIN_RETURN_IF_ERROR(
      wire::SetEnum(proto.severity(), "event.warning.severity", warning.severity));
  warning.onset = FromMicros(proto.onset_us());
  warning.open = proto.open();
  TOCSIN_ASSIGN_OR_RETURN(warning.label, FromProto(proto.label()));
  warning.missions = wire::IdsFromProto<MissionId>(proto.missions());
  warning.evidence_areas = wire::IdsFromProto<AreaId>(proto.evidence_areas());
  if (proto.origins_size() != proto.evidence_size()) {
    return absl::InvalidArgumentError(
        "event.warning.origins: is not one for each item of evidence");
  }
  for (int i = 0; i < proto.evidence_size(); ++i) {
    KeyedWarning::Item& item = warning.evidence.emplace_back();
    TOCSIN_ASSIGN_OR_RETURN(item.evidence, wire::FromProto(proto.evidence(i)));
    item.origin = proto.origins(i);
  }
  warning.left_out = proto.left_out();
  warning.found_by_backfill = proto.found_by_backfill();
  return warning;
}

v1::KeyedEvent KeyedEventToProto(const KeyedEvent& event) {
  v1::KeyedEvent proto;
  *proto.mutable_identity() = ToProto(event.identity);
  proto.set_revision(event.revision);
  proto.set_status(wire::EnumOf<v1::Status>(event.status));
  proto.set_exercise_id(event.exercise_id);
  proto.set_type(event.type);
  proto.set_nature(wire::EnumOf<v1::Nature>(event.nature));
  *proto.mutable_observed() = wire::ToProto(event.observed);
  if (event.valid) *proto.mutable_valid() = wire::ToProto(*event.valid);
  proto.set_accepted_us(ToMicros(event.accepted));
  if (event.point) *proto.mutable_point() = wire::ToProto(*event.point);
  proto.set_uncertainty_m(event.uncertainty_m);
  wire::IdsToProto(event.areas, proto.mutable_areas());
  wire::IdsToProto(event.corridors, proto.mutable_corridors());
  for (const KeyedActor& actor : event.actors) {
    v1::KeyedActor* out = proto.add_actors();
    out->set_register_id(actor.id.str());
    out->set_actor_class(actor.actor_class);
    out->set_role(actor.role);
  }
  *proto.mutable_people() = wire::ToProto(event.people);
  proto.set_source_kind(event.source_kind);
  proto.set_component(event.component);
  proto.set_origin(event.origin);
  if (event.same_incident_as) *proto.mutable_same_incident_as() = ToProto(*event.same_incident_as);
  *proto.mutable_grading() = wire::ToProto(event.grading);
  *proto.mutable_label() = ToProto(event.label);
  wire::AttributesToProto(event.attributes, proto.mutable_attributes());
  proto.set_late(event.late);
  if (event.warning) *proto.mutable_warning() = KeyedWarningToProto(*event.warning);
  for (const NearCells& near : event.cells) {
    v1::NearCells* out = proto.add_cells();
    out->set_level(near.level);
    for (const std::string& cell : near.cells) out->add_cells(cell);
  }
  proto.set_router(event.router);
  return proto;
}

absl::StatusOr<KeyedEvent> KeyedEventFromProto(const v1::KeyedEvent& proto) {
  KeyedEvent event;
  event.identity = FromProto(proto.identity());
  event.revision = proto.revision();
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.status(), "event.status", event.status));
  event.exercise_id = proto.exercise_id();
  event.type = proto.type();
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.nature(), "event.nature", event.nature));
  event.observed = wire::FromProto(proto.observed());
  if (proto.has_valid()) event.valid = wire::FromProto(proto.valid());
  event.accepted = FromMicros(proto.accepted_us());
  if (proto.has_point()) event.point = wire::FromProto(proto.point());
  event.uncertainty_m = proto.uncertainty_m();
  event.areas = wire::IdsFromProto<AreaId>(proto.areas());
  event.corridors = wire::IdsFromProto<CorridorId>(proto.corridors());
  for (const v1::KeyedActor& actor : proto.actors()) {
    event.actors.push_back({ActorId(actor.register_id()), actor.actor_class(), actor.role()});
  }
  event.people = wire::FromProto(proto.people());
  event.source_kind = proto.source_kind();
  event.component = proto.component();
  event.origin = proto.origin();
  if (proto.has_same_incident_as()) event.same_incident_as = FromProto(proto.same_incident_as());
  event.grading = wire::FromProto(proto.grading());
  TOCSIN_ASSIGN_OR_RETURN(event.label, FromProto(proto.label()));
  event.attributes = wire::AttributesFromProto(proto.attributes());
  event.late = proto.late();
  if (proto.has_warning()) {
    TOCSIN_ASSIGN_OR_RETURN(event.warning, KeyedWarningFromProto(proto.warning()));
  }
  for (const v1::NearCells& near : proto.cells()) {
    event.cells.push_back({near.level(), {near.cells().begin(), near.cells().end()}});
  }
  event.router = proto.router();
  return event;
}

void KeysToProto(const std::vector<CorrelationKey>& keys,
                 google::protobuf::RepeatedPtrField<v1::CorrelationKey>* out) {
  for (const CorrelationKey& key : keys) {
    v1::CorrelationKey* proto = out->Add();
    proto->set_spec(key.spec);
    proto->set_value(key.value);
  }
}

std::vector<CorrelationKey> KeysFromProto(
    const google::protobuf::RepeatedPtrField<v1::CorrelationKey>& in) {
  std::vector<CorrelationKey> keys;
  for (const v1::CorrelationKey& key : in) keys.push_back({key.spec(), key.value()});
  return keys;
}

}  // namespace

v1::SourceTime ToProto(const SourceTime& source) {
  v1::SourceTime proto;
  proto.mutable_source()->set_topic(source.source.topic);
  proto.mutable_source()->set_partition(source.source.partition);
  proto.mutable_source()->set_offset(source.next_offset);
  proto.set_last_accepted_us(ToMicros(source.last_accepted));
  proto.set_status(wire::EnumOf<v1::SourceStatus>(source.status));
  proto.set_unknown_since_us(ToMicros(source.unknown_since));
  if (source.clock) proto.set_clock_us(ToMicros(*source.clock));
  return proto;
}

absl::StatusOr<SourceTime> FromProto(const v1::SourceTime& proto) {
  SourceTime source;
  source.source = {proto.source().topic(), proto.source().partition()};
  source.next_offset = proto.source().offset();
  source.last_accepted = FromMicros(proto.last_accepted_us());
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.status(), "source.status", source.status));
  source.unknown_since = FromMicros(proto.unknown_since_us());
  if (proto.has_clock_us()) source.clock = FromMicros(proto.clock_us());
  return source;
}

namespace {

// The only one is not named: nothing is said of several.
template <class Proto>
void RouterToProto(const RouterTask& router, Proto& proto) {
  if (router.of == 1) return;
  proto.set_router(router.index);
  proto.set_routers(router.of);
}

template <class Proto>
absl::StatusOr<RouterTask> RouterFromProto(const Proto& proto) {
  RouterTask router;
  if (proto.router() == 0 && proto.routers() == 0) return router;
  router = {proto.router(), proto.routers()};
  if (router.of >= 2 && router.index >= 0 && router.index < router.of) return router;
  return absl::InvalidArgumentError(
      StrCat("router: ", router.index, " is none of ", router.of, " router tasks"));
}

void FoundToProto(const std::vector<FoundUpTo>& found,
                  google::protobuf::RepeatedPtrField<v1::FoundUpTo>* proto) {
  for (const FoundUpTo& one : found) {
    v1::FoundUpTo* const out = proto->Add();
    out->set_beat(one.beat);
    out->set_time_us(ToMicros(one.time));
  }
}

std::vector<FoundUpTo> FoundFromProto(
    const google::protobuf::RepeatedPtrField<v1::FoundUpTo>& proto) {
  std::vector<FoundUpTo> found;
  for (const v1::FoundUpTo& one : proto) found.push_back({one.beat(), FromMicros(one.time_us())});
  return found;
}

}  // namespace

v1::Tick ToProto(const Tick& tick) {
  v1::Tick proto;
  proto.set_clock_us(ToMicros(tick.clock));
  proto.set_margin_us(tick.margin.count());
  for (const SourceTime& source : tick.sources) *proto.add_sources() = ToProto(source);
  proto.set_beat(tick.beat);
  for (const AgainPosition& again : tick.again) {
    v1::ReadAgain* const out = proto.add_again();
    out->mutable_source()->set_topic(again.source.topic);
    out->mutable_source()->set_partition(again.source.partition);
    out->mutable_source()->set_offset(again.next_offset);
    out->set_end(again.end);
  }
  proto.set_number(tick.number);
  FoundToProto(tick.found, proto.mutable_found());
  RouterToProto(tick.router, proto);
  return proto;
}

absl::StatusOr<Tick> FromProto(const v1::Tick& proto) {
  Tick tick;
  tick.clock = FromMicros(proto.clock_us());
  tick.margin = Duration(proto.margin_us());
  for (const v1::SourceTime& source : proto.sources()) {
    TOCSIN_ASSIGN_OR_RETURN(SourceTime plain, FromProto(source));
    tick.sources.push_back(std::move(plain));
  }
  tick.beat = proto.beat();
  for (const v1::ReadAgain& again : proto.again()) {
    tick.again.push_back({{again.source().topic(), again.source().partition()},
                          again.source().offset(),
                          again.end()});
  }
  tick.number = proto.number();
  tick.found = FoundFromProto(proto.found());
  TOCSIN_ASSIGN_OR_RETURN(tick.router, RouterFromProto(proto));
  return tick;
}

v1::KeyedRecord ToProto(const KeyedRecord& record) {
  v1::KeyedRecord proto;
  if (const auto* insert = std::get_if<Insert>(&record)) {
    KeysToProto(insert->keys, proto.mutable_insert()->mutable_keys());
    *proto.mutable_insert()->mutable_event() = KeyedEventToProto(insert->event);
    proto.mutable_insert()->set_backfill(insert->backfill);
    proto.mutable_insert()->set_found_by_backfill(insert->found_by_backfill);
  } else if (const auto* withdraw = std::get_if<Withdraw>(&record)) {
    KeysToProto(withdraw->keys, proto.mutable_withdraw()->mutable_keys());
    *proto.mutable_withdraw()->mutable_identity() = ToProto(withdraw->identity);
    proto.mutable_withdraw()->set_revision(withdraw->revision);
  } else if (const auto* tick = std::get_if<Tick>(&record)) {
    *proto.mutable_tick() = ToProto(*tick);
  } else if (const auto* control = std::get_if<Control>(&record)) {
    v1::Control* out = proto.mutable_control();
    *out->mutable_activation() = ToProto(control->activation);
    for (const Document& document : control->documents) *out->add_documents() = ToProto(document);
    out->set_semantics_version(control->semantics_version);
    for (const auto& [source, offset] : control->inputs) {
      v1::TopicPosition* position = out->add_inputs();
      position->set_topic(source.topic);
      position->set_partition(source.partition);
      position->set_offset(offset);
    }
    wire::IdsToProto(control->backfilling, out->mutable_backfilling());
    wire::IdsToProto(control->throttled, out->mutable_throttled());
    RouterToProto(control->router, *out);
    out->set_rules_offset(control->rules_offset);
  } else if (const auto* done = std::get_if<BackfillDone>(&record)) {
    proto.mutable_backfill_done()->set_rules_digest(done->rules_digest);
    wire::IdsToProto(done->rules, proto.mutable_backfill_done()->mutable_rules());
    RouterToProto(done->router, *proto.mutable_backfill_done());
  }
  return proto;
}

absl::StatusOr<KeyedRecord> FromProto(const v1::KeyedRecord& proto) {
  switch (proto.record_case()) {
    case v1::KeyedRecord::kInsert: {
      Insert insert{KeysFromProto(proto.insert().keys()),
                    {},
                    proto.insert().backfill(),
                    proto.insert().found_by_backfill()};
      TOCSIN_ASSIGN_OR_RETURN(insert.event, KeyedEventFromProto(proto.insert().event()));
      return insert;
    }
    case v1::KeyedRecord::kWithdraw:
      return Withdraw{KeysFromProto(proto.withdraw().keys()),
                      FromProto(proto.withdraw().identity()), proto.withdraw().revision()};
    case v1::KeyedRecord::kTick:
      return FromProto(proto.tick());
    case v1::KeyedRecord::kControl: {
      Control control;
      TOCSIN_ASSIGN_OR_RETURN(control.activation, FromProto(proto.control().activation()));
      for (const v1::Document& document : proto.control().documents()) {
        TOCSIN_ASSIGN_OR_RETURN(Document plain, FromProto(document));
        control.documents.push_back(std::move(plain));
      }
      control.semantics_version = proto.control().semantics_version();
      for (const v1::TopicPosition& position : proto.control().inputs()) {
        control.inputs.push_back({{position.topic(), position.partition()}, position.offset()});
      }
      control.backfilling = wire::IdsFromProto<RuleId>(proto.control().backfilling());
      control.throttled = wire::IdsFromProto<RuleId>(proto.control().throttled());
      TOCSIN_ASSIGN_OR_RETURN(control.router, RouterFromProto(proto.control()));
      control.rules_offset = proto.control().rules_offset();
      return control;
    }
    case v1::KeyedRecord::kBackfillDone: {
      BackfillDone done{proto.backfill_done().rules_digest(),
                        wire::IdsFromProto<RuleId>(proto.backfill_done().rules())};
      TOCSIN_ASSIGN_OR_RETURN(done.router, RouterFromProto(proto.backfill_done()));
      return done;
    }
    case v1::KeyedRecord::RECORD_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "record: none of insert, withdraw, tick, control and backfill_done is set; not a record of "
      "this topic, or of a newer version");
}

v1::MatchRecord ToProto(const FoundMark& found) {
  v1::MatchRecord proto;
  v1::FoundMark* const out = proto.mutable_found();
  out->set_keyed_partition(found.keyed_partition);
  out->set_rules_digest(found.rules_digest);
  FoundToProto(found.up_to, out->mutable_up_to());
  return proto;
}

v1::MatchRecord ToProto(const Match& match) {
  v1::MatchRecord proto;
  *proto.mutable_event() = KeyedEventToProto(match.event);
  proto.set_withdrawn(match.withdrawn);
  proto.set_stage(match.stage);
  proto.set_told_by(match.told_by.str());
  proto.set_found_by_backfill(match.found_by_backfill);
  return proto;
}

absl::StatusOr<std::variant<Match, FoundMark>> FromProto(const v1::MatchRecord& proto) {
  if (proto.has_found()) {
    return FoundMark{proto.found().keyed_partition(), proto.found().rules_digest(),
                     FoundFromProto(proto.found().up_to())};
  }
  Match match;
  TOCSIN_ASSIGN_OR_RETURN(match.event, KeyedEventFromProto(proto.event()));
  match.withdrawn = proto.withdrawn();
  match.stage = proto.stage();
  match.told_by = RuleId(proto.told_by());
  match.found_by_backfill = proto.found_by_backfill();
  return match;
}

}  // namespace tocsin
