#include "tests/fuzz/targets.h"

#include <cstdio>
#include <cstdlib>

#include "lib/domain/merge.h"
#include "lib/domain/utf8.h"
#include "lib/domain/validate.h"
#include "lib/rpc/parse.h"
#include "lib/wire/wire.h"
#include "tocsin/v1/sitrep_ingest_service.pb.h"

namespace tocsin {
namespace {

// A broken promise ends the program, under libFuzzer and GoogleTest alike.
void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

const FilingDesk& Desk() {
  static const FilingDesk desk = [] {
    FilingDesk made;
    made.mission = MissionId("unamid");
    made.zone = "Africa/Khartoum";
    made.floor.classification = Classification::kUnclassified;
    made.floor.tlp = Tlp::kGreen;
    made.default_label = {
        MissionId("unamid"), Classification::kUnclassified, Tlp::kAmber, {MissionId("unmis")}, {}};
    made.source_kind = "person";
    return made;
  }();
  return desk;
}

const FilingRules& Rules() {
  static const FilingRules rules = [] {
    FilingRules made;
    made.types["security.attack"] = {true, {{"weapon", "text"}, {"level", "I|II"}}};
    made.types["security.sighting"] = {true, {{"strength", "integer"}, {"speed", "number"}}};
    made.knows_actor = [](std::string_view name) { return name == "jem"; };
    return made;
  }();
  return rules;
}

}  // namespace

bool fuzz_event(const std::string& bytes) {
  v1::FileRequest request;
  if (const auto error = Parse(bytes, request)) {
    Require(!error->code.empty() && IsUtf8(error->field) && IsUtf8(error->reason),
            "an unreadable message is refused with a reason");
    return false;
  }
  absl::StatusOr<Event> event = FromProto(request.event());
  if (!event.ok()) {
    Require(!event.status().message().empty(), "a refused conversion says why");
    return false;
  }
  Fill(*event, Desk());
  const Event once = *event;
  const Time now = FromMicros(1'237'000'000'000'000);
  const Verdict verdict = Validate(*event, Desk(), Rules(), now);
  for (const FieldError& error : verdict.errors) {
    Require(!error.reason.empty() && !error.code.empty(), "an error has a reason and a code");
    Require(IsUtf8(error.field) && IsUtf8(error.reason), "an error is text");
  }
  Require(ContentHash(*event).size() == 64, "every event has a hash");
  if (!verdict.errors.empty()) return false;
  // What is accepted survives the way through the log unchanged.
  v1::Event again;
  Require(again.ParseFromString(SerializeDeterministic(ToProto(*event))), "it can be read again");
  const absl::StatusOr<Event> back = FromProto(again);
  Require(back.ok() && *back == *event, "it is the same");
  Require(ContentHash(*back) == ContentHash(*event), "and has the same hash");
  Event filled = *event;
  Fill(filled, Desk());
  Require(filled == once, "filling twice is filling once");
  Require(event->label.tlp >= Desk().floor.tlp, "no label is looser than the floor");
  return true;
}

bool fuzz_keyed(const std::string& bytes) {
  v1::KeyedRecord proto;
  if (!proto.ParseFromString(bytes)) return false;
  const absl::StatusOr<KeyedRecord> record = FromProto(proto);
  if (!record.ok()) {
    Require(!record.status().message().empty(), "a refused record says why");
    return false;
  }
  if (const auto* tick = std::get_if<Tick>(&*record)) static_cast<void>(EvaluatedUpTo(*tick));
  static_cast<void>(SerializeDeterministic(ToProto(*record)));
  return true;
}

bool fuzz_warnings(const std::string& bytes) {
  v1::WarningsRecord proto;
  if (!proto.ParseFromString(bytes)) return false;
  if (proto.has_warning()) {
    const absl::StatusOr<Warning> warning = FromProto(proto.warning());
    if (warning.ok()) static_cast<void>(SerializeDeterministic(ToProto(*warning)));
    Require(warning.ok() || !warning.status().message().empty(), "a refused warning says why");
    return warning.ok();
  }
  if (proto.has_evaluated()) {
    const absl::StatusOr<EvaluatedRecord> evaluated = FromProto(proto.evaluated());
    if (evaluated.ok()) static_cast<void>(SerializeDeterministic(ToProto(*evaluated)));
    Require(evaluated.ok() || !evaluated.status().message().empty(), "a refusal says why");
    return evaluated.ok();
  }
  return false;
}

}  // namespace tocsin
