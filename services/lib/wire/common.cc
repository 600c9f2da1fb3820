#include "lib/wire/common.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "lib/base/status_macros.h"

namespace tocsin {

v1::Label ToProto(const Label& label) {
  v1::Label proto;
  proto.set_originator(label.originator.str());
  proto.set_classification(wire::EnumOf<v1::Classification>(label.classification));
  proto.set_tlp(wire::EnumOf<v1::Tlp>(label.tlp));
  wire::IdsToProto(label.releasable_to, proto.mutable_releasable_to());
  wire::IdsToProto(label.caveats, proto.mutable_caveats());
  return proto;
}

absl::StatusOr<Label> FromProto(const v1::Label& proto) {
  Label label;
  label.originator = MissionId(proto.originator());
  TOCSIN_RETURN_IF_ERROR(
      wire::SetEnum(proto.classification(), "label.classification", label.classification));
  TOCSIN_RETURN_IF_ERROR(wire::SetEnum(proto.tlp(), "label.tlp", label.tlp));
  label.releasable_to = wire::IdsFromProto<MissionId>(proto.releasable_to());
  label.caveats = wire::IdsFromProto<std::string>(proto.caveats());
  std::sort(label.releasable_to.begin(), label.releasable_to.end());
  std::sort(label.caveats.begin(), label.caveats.end());
  return label;
}

v1::Identity ToProto(const Identity& identity) {
  v1::Identity proto;
  proto.set_mission(identity.mission.str());
  proto.set_id(identity.id.str());
  return proto;
}

Identity FromProto(const v1::Identity& proto) {
  return {MissionId(proto.mission()), EventId(proto.id())};
}

v1::FieldError ToProto(const FieldError& error) {
  v1::FieldError proto;
  proto.set_field(error.field);
  proto.set_reason(error.reason);
  proto.set_code(error.code);
  return proto;
}

std::string SerializeDeterministic(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace tocsin
