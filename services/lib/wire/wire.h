// Between the plain types and tocsin.v1. ToProto never fails. FromProto refuses what the types
// cannot hold: InvalidArgument names the field. Neither validates meaning (domain/validate.h does).
#pragma once

#include <absl/status/statusor.h>

#include "lib/domain/event.h"
#include "lib/domain/keyed.h"
#include "lib/domain/warning.h"
#include "lib/publication/records.h"
#include "tocsin/v1/common.pb.h"
#include "tocsin/v1/control.pb.h"
#include "tocsin/v1/event.pb.h"
#include "tocsin/v1/evidence.pb.h"
#include "tocsin/v1/journal.pb.h"
#include "tocsin/v1/keyed.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin {

v1::Event ToProto(const Event& event);
absl::StatusOr<Event> FromProto(const v1::Event& proto);

v1::Label ToProto(const Label& label);
absl::StatusOr<Label> FromProto(const v1::Label& proto);

v1::Identity ToProto(const Identity& identity);
Identity FromProto(const v1::Identity& proto);

v1::FieldError ToProto(const FieldError& error);

v1::SourceTime ToProto(const SourceTime& source);
absl::StatusOr<SourceTime> FromProto(const v1::SourceTime& proto);

v1::Tick ToProto(const Tick& tick);
absl::StatusOr<Tick> FromProto(const v1::Tick& proto);

v1::Document ToProto(const Document& document);
absl::StatusOr<Document> FromProto(const v1::Document& proto);
v1::Activation ToProto(const Activation& activation);
absl::StatusOr<Activation> FromProto(const v1::Activation& proto);

v1::Burden ToProto(const Burden& burden);
absl::StatusOr<Burden> FromProto(const v1::Burden& proto);
v1::Proposal ToProto(const Proposal& proposal);
v1::Confirmation ToProto(const Confirmation& confirmation);
v1::Acceptance ToProto(const Acceptance& acceptance);

v1::RulesRecord ToProto(const RulesInput& record);
absl::StatusOr<RulesInput> FromProto(const v1::RulesRecord& proto);

v1::KeyedRecord ToProto(const KeyedRecord& record);
absl::StatusOr<KeyedRecord> FromProto(const v1::KeyedRecord& proto);

v1::MatchRecord ToProto(const Match& match);
v1::MatchRecord ToProto(const FoundMark& found);
absl::StatusOr<std::variant<Match, FoundMark>> FromProto(const v1::MatchRecord& proto);

v1::Warning ToProto(const Warning& warning);
absl::StatusOr<Warning> FromProto(const v1::Warning& proto);

v1::EvaluatedUpTo ToProto(const EvaluatedRecord& record);
absl::StatusOr<EvaluatedRecord> FromProto(const v1::EvaluatedUpTo& proto);

// Serialized with deterministic map order, so that equal values have equal bytes in one build.
std::string SerializeDeterministic(const google::protobuf::Message& message);

}  // namespace tocsin
