#include "lib/base/status_macros.h"
#include "lib/wire/common.h"

namespace tocsin::wire {

v1::Evidence ToProto(const Evidence& evidence) {
  v1::Evidence proto;
  *proto.mutable_identity() = tocsin::ToProto(evidence.identity);
  proto.set_revision(evidence.revision);
  proto.set_type(evidence.type);
  proto.set_nature(EnumOf<v1::Nature>(evidence.nature));
  *proto.mutable_observed() = ToProto(evidence.observed);
  if (evidence.point) *proto.mutable_point() = ToProto(*evidence.point);
  proto.set_uncertainty_m(evidence.uncertainty_m);
  IdsToProto(evidence.areas, proto.mutable_areas());
  IdsToProto(evidence.corridors, proto.mutable_corridors());
  IdsToProto(evidence.actors, proto.mutable_actors());
  *proto.mutable_grading() = ToProto(evidence.grading);
  proto.set_source_kind(evidence.source_kind);
  *proto.mutable_label() = tocsin::ToProto(evidence.label);
  proto.set_selection(evidence.selection);
  proto.set_distance_m(evidence.distance_m);
  *proto.mutable_people() = ToProto(evidence.people);
  AttributesToProto(evidence.attributes, proto.mutable_attributes());
  return proto;
}

absl::StatusOr<Evidence> FromProto(const v1::Evidence& proto) {
  Evidence evidence;
  evidence.identity = tocsin::FromProto(proto.identity());
  evidence.revision = proto.revision();
  evidence.type = proto.type();
  TOCSIN_RETURN_IF_ERROR(SetEnum(proto.nature(), "evidence.nature", evidence.nature));
  evidence.observed = FromProto(proto.observed());
  if (proto.has_point()) evidence.point = FromProto(proto.point());
  evidence.uncertainty_m = proto.uncertainty_m();
  evidence.areas = IdsFromProto<AreaId>(proto.areas());
  evidence.corridors = IdsFromProto<CorridorId>(proto.corridors());
  evidence.actors = IdsFromProto<ActorId>(proto.actors());
  evidence.grading = FromProto(proto.grading());
  evidence.source_kind = proto.source_kind();
  TOCSIN_ASSIGN_OR_RETURN(evidence.label, tocsin::FromProto(proto.label()));
  evidence.selection = proto.selection();
  evidence.distance_m = proto.distance_m();
  evidence.people = FromProto(proto.people());
  evidence.attributes = AttributesFromProto(proto.attributes());
  return evidence;
}

}  // namespace tocsin::wire
