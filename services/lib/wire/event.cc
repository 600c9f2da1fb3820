#include "lib/base/status_macros.h"
#include "lib/wire/common.h"

namespace tocsin {
namespace {

v1::Place PlaceToProto(const Place& place) {
  v1::Place proto;
  proto.set_name(place.name);
  if (place.point) *proto.mutable_point() = wire::ToProto(*place.point);
  proto.set_uncertainty_m(place.uncertainty_m);
  for (const PlaceCandidate& candidate : place.candidates) {
    v1::PlaceCandidate* out = proto.add_candidates();
    out->set_name(candidate.name);
    *out->mutable_point() = wire::ToProto(candidate.point);
    out->set_pcode(candidate.pcode);
  }
  proto.set_pcode(place.pcode);
  proto.set_pcode_list_date(place.pcode_list_date);
  return proto;
}

Place PlaceFromProto(const v1::Place& proto) {
  Place place;
  place.name = proto.name();
  if (proto.has_point()) place.point = wire::FromProto(proto.point());
  place.uncertainty_m = proto.uncertainty_m();
  for (const v1::PlaceCandidate& candidate : proto.candidates()) {
    place.candidates.push_back(
        {candidate.name(), wire::FromProto(candidate.point()), candidate.pcode()});
  }
  place.pcode = proto.pcode();
  place.pcode_list_date = proto.pcode_list_date();
  return place;
}

v1::Source SourceToProto(const Source& source) {
  v1::Source proto;
  proto.set_kind(source.kind);
  proto.set_component(source.component);
  proto.set_protected_id(source.protected_id);
  proto.set_how_obtained(source.how_obtained);
  proto.set_relayed_from(source.relayed_from);
  if (source.same_incident_as)
    *proto.mutable_same_incident_as() = ToProto(*source.same_incident_as);
  return proto;
}

Source SourceFromProto(const v1::Source& proto) {
  Source source{proto.kind(),         proto.component(),    proto.protected_id(),
                proto.how_obtained(), proto.relayed_from(), std::nullopt};
  if (proto.has_same_incident_as()) source.same_incident_as = FromProto(proto.same_incident_as());
  return source;
}

}  // namespace

v1::Event ToProto(const Event& event) {
  v1::Event proto;
  proto.set_mission(event.identity.mission.str());
  proto.set_id(event.identity.id.str());
  proto.set_revision(event.revision);
  proto.set_revision_kind(wire::EnumOf<v1::RevisionKind>(event.revision_kind));
  proto.set_revision_reason(event.revision_reason);
  proto.set_status(wire::EnumOf<v1::Status>(event.status));
  proto.set_exercise_id(event.exercise_id);
  proto.set_type(event.type);
  proto.set_nature(wire::EnumOf<v1::Nature>(event.nature));
  if (event.valid) *proto.mutable_valid() = wire::ToProto(*event.valid);
  *proto.mutable_observed()->mutable_interval() = wire::ToProto(event.observed);
  proto.mutable_observed()->set_precision(wire::EnumOf<v1::TimePrecision>(event.precision));
  proto.mutable_observed()->set_zone(event.zone);
  proto.set_reported_us(ToMicros(event.reported));
  proto.set_accepted_us(ToMicros(event.accepted));
  *proto.mutable_place() = PlaceToProto(event.place);
  for (const Actor& actor : event.actors) {
    v1::Actor* out = proto.add_actors();
    out->set_name(actor.name);
    out->set_register_id(actor.register_id);
    out->set_role(actor.role);
  }
  *proto.mutable_people() = wire::ToProto(event.people);
  *proto.mutable_source() = SourceToProto(event.source);
  *proto.mutable_grading() = wire::ToProto(event.grading);
  *proto.mutable_label() = ToProto(event.label);
  for (const Text& text : event.texts) {
    v1::Text* out = proto.add_texts();
    out->set_language(text.language);
    out->set_text(text.text);
  }
  wire::IdsToProto(event.references, proto.mutable_references());
  wire::AttributesToProto(event.attributes, proto.mutable_attributes());
  wire::IdsToProto(event.flags, proto.mutable_flags());
  return proto;
}

absl::StatusOr<Event> FromProto(const v1::Event& proto) {
  Event event;
  event.identity = {MissionId(proto.mission()), EventId(proto.id())};
  event.revision = proto.revision();
  TOCSIN_RETURN_IF_ERROR(
      wire::SetEnum(proto.revision_kind(), "revision_kind", event.revision_kind));
  event.revision_reason = proto.revision_reason();
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.status(), "status", event.status));
  event.exercise_id = proto.exercise_id();
  event.type = proto.type();
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.nature(), "nature", event.nature));
  if (proto.has_valid()) event.valid = wire::FromProto(proto.valid());
  event.observed = wire::FromProto(proto.observed().interval());
  TOCSIN_RETURN_IF_ERROR(
      wire::SetEnum(proto.observed().precision(), "observed.precision", event.precision));
  event.zone = proto.observed().zone();
  event.reported = FromMicros(proto.reported_us());
  event.accepted = FromMicros(proto.accepted_us());
  event.place = PlaceFromProto(proto.place());
  for (const v1::Actor& actor : proto.actors()) {
    event.actors.push_back({actor.name(), actor.register_id(), actor.role()});
  }
  event.people = wire::FromProto(proto.people());
  event.source = SourceFromProto(proto.source());
  event.grading = wire::FromProto(proto.grading());
  TOCSIN_ASSIGN_OR_RETURN(event.label, FromProto(proto.label()));
  for (const v1::Text& text : proto.texts()) event.texts.push_back({text.language(), text.text()});
  event.references = wire::IdsFromProto<std::string>(proto.references());
  event.attributes = wire::AttributesFromProto(proto.attributes());
  event.flags = wire::IdsFromProto<std::string>(proto.flags());
  return event;
}

}  // namespace tocsin
