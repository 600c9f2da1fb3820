#include "lib/filing/records.h"

#include <absl/strings/numbers.h>
#include <absl/time/time.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

constexpr char kFeed[] = "tocsin_feed";
constexpr char kSession[] = "tocsin_session";
constexpr char kSequence[] = "tocsin_sequence";
constexpr char kPrevious[] = "tocsin_previous";

// RFC 3339, as CloudEvents wants times.
std::string Rfc3339(Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMicros(ToMicros(time)),
                          absl::UTCTimeZone());
}

std::string DataClassification(const Label& label) {
  std::string name = v1::Classification_Name(static_cast<v1::Classification>(label.classification));
  std::string tlp = v1::Tlp_Name(static_cast<v1::Tlp>(label.tlp));
  name.erase(0, std::string_view("CLASSIFICATION_").size());
  tlp.replace(0, std::string_view("TLP_").size(), "TLP:");
  return StrCat(name, ",", tlp);
}

}  // namespace

OutputRecord ToRecord(const Event& event, const SourceId& target, const std::string& partition_key,
                      const std::string& stream, const std::optional<SessionMark>& mark) {
  const std::string& mission = event.identity.mission.str();
  const std::string& id = event.identity.id.str();
  OutputRecord record;
  record.target = target;
  record.key = partition_key;
  record.value = SerializeDeterministic(ToProto(event));
  record.headers = {
      {"content-type", "application/protobuf"},
      {"ce_specversion", "1.0"},
      {"ce_id", StrCat(mission, "/", id, "/", event.revision)},
      {"ce_source", StrCat("/missions/", mission, "/", stream)},
      {"ce_type", event.type.empty() ? "unknown" : event.type},
      {"ce_subject", id},
      {"ce_time", Rfc3339(event.observed.from)},
      {"ce_partitionkey", partition_key},
      {"ce_recordedtime", Rfc3339(event.accepted)},
      {"ce_dataclassification", DataClassification(event.label)},
  };
  if (mark) {
    record.headers.emplace_back(kFeed, mark->feed);
    record.headers.emplace_back(kSession, mark->session);
    record.headers.emplace_back(kSequence, absl::StrCat(mark->sequence));
    record.headers.emplace_back(kPrevious, absl::StrCat(mark->previous));
  }
  return record;
}

absl::StatusOr<ParsedRecord> FromRecord(const InputRecord& record, const MissionId& mission) {
  v1::Event proto;
  if (record.tombstone || !proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("the bytes are no event");
  }
  ParsedRecord parsed;
  TOCSIN_ASSIGN_OR_RETURN(parsed.event, FromProto(proto));
  if (parsed.event.identity.mission != mission || parsed.event.identity.id.empty()) {
    return absl::InvalidArgumentError("the event is not of this mission");
  }
  SessionMark mark;
  int found = 0;
  for (const auto& [name, value] : record.headers) {
    if (name == kFeed) mark.feed = value, ++found;
    if (name == kSession) mark.session = value, ++found;
    if (name == kSequence && absl::SimpleAtoi(value, &mark.sequence)) ++found;
    if (name == kPrevious && absl::SimpleAtoi(value, &mark.previous)) ++found;
  }
  if (found == 4) parsed.mark = std::move(mark);
  return parsed;
}

}  // namespace tocsin
