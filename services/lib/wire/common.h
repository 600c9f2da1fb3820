// Pieces that the conversions of this room share. Not for other rooms.
#pragma once

#include <google/protobuf/descriptor.h>

#include "lib/base/text.h"
#include "lib/wire/wire.h"

namespace tocsin::wire {

// Enumerators of the plain types have the numbers of the protos', so a conversion is a cast; a
// number that this build does not know is refused.
template <class Proto, class Plain>
absl::Status SetEnum(Proto value, std::string_view field, Plain& out) {
  const auto* descriptor = google::protobuf::GetEnumDescriptor<Proto>();
  if (descriptor->FindValueByNumber(static_cast<int>(value)) == nullptr) {
    return absl::InvalidArgumentError(
        StrCat(field, ": ", static_cast<int>(value), " is not a value of ", descriptor->name()));
  }
  out = static_cast<Plain>(static_cast<int>(value));
  return absl::OkStatus();
}

template <class Proto, class Plain>
Proto EnumOf(Plain value) {
  return static_cast<Proto>(static_cast<int>(value));
}

inline v1::Interval ToProto(const Interval& interval) {
  v1::Interval proto;
  proto.set_from_us(ToMicros(interval.from));
  proto.set_to_us(ToMicros(interval.to));
  return proto;
}
inline Interval FromProto(const v1::Interval& proto) {
  return {FromMicros(proto.from_us()), FromMicros(proto.to_us())};
}

inline v1::Point ToProto(const Point& point) {
  v1::Point proto;
  proto.set_latitude(point.latitude);
  proto.set_longitude(point.longitude);
  return proto;
}
inline Point FromProto(const v1::Point& proto) { return {proto.latitude(), proto.longitude()}; }

inline v1::Grading ToProto(const Grading& grading) {
  v1::Grading proto;
  proto.set_reliability(grading.reliability);
  proto.set_credibility(grading.credibility);
  return proto;
}
inline Grading FromProto(const v1::Grading& proto) {
  return {proto.reliability(), proto.credibility()};
}

inline v1::People ToProto(const People& people) {
  v1::People proto;
  if (people.killed) proto.set_killed(*people.killed);
  if (people.injured) proto.set_injured(*people.injured);
  if (people.displaced) proto.set_displaced(*people.displaced);
  if (people.affected) proto.set_affected(*people.affected);
  return proto;
}
inline People FromProto(const v1::People& proto) {
  People people;
  if (proto.has_killed()) people.killed = proto.killed();
  if (proto.has_injured()) people.injured = proto.injured();
  if (proto.has_displaced()) people.displaced = proto.displaced();
  if (proto.has_affected()) people.affected = proto.affected();
  return people;
}

// Repeated strings <-> vectors of strong or plain strings.
template <class Id>
void IdsToProto(const std::vector<Id>& ids, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const Id& id : ids) {
    if constexpr (std::is_same_v<Id, std::string>) {
      *out->Add() = id;
    } else {
      *out->Add() = id.str();
    }
  }
}
template <class Id>
std::vector<Id> IdsFromProto(const google::protobuf::RepeatedPtrField<std::string>& in) {
  std::vector<Id> ids;
  ids.reserve(static_cast<size_t>(in.size()));
  for (const std::string& id : in) ids.emplace_back(id);
  return ids;
}

inline void AttributesToProto(const Attributes& attributes,
                              google::protobuf::Map<std::string, std::string>* out) {
  for (const auto& [name, value] : attributes) (*out)[name] = value;
}
inline Attributes AttributesFromProto(const google::protobuf::Map<std::string, std::string>& in) {
  return Attributes(in.begin(), in.end());
}

v1::Evidence ToProto(const Evidence& evidence);
absl::StatusOr<Evidence> FromProto(const v1::Evidence& proto);

}  // namespace tocsin::wire
