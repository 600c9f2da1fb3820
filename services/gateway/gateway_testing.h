// What the gateway's unit tests share: a store in memory, hand-made warnings, records and callers.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/view.h"
#include "lib/base/text.h"
#include "lib/kafka/record.h"
#include "lib/sharing/decide.h"
#include "lib/wire/centre.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway::testing {

class MemoryViewStore final : public ViewStore {
 public:
  std::optional<std::string> Get(std::string_view key) const override { return state_.Get(key); }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    state_.Scan(from, to, visit);
  }
  absl::Status Write(const Overlay::Writes& writes) override {
    if (!failing_.ok()) return failing_;
    for (const auto& [key, value] : writes) {
      if (value) {
        state_.Put(key, *value);
      } else {
        state_.Delete(key);
      }
    }
    return absl::OkStatus();
  }
  absl::Status health() const override { return absl::OkStatus(); }
  void FailWith(absl::Status status) { failing_ = std::move(status); }
  const auto& entries() const { return state_.entries(); }

 private:
  MemoryState state_;
  absl::Status failing_;
};

inline Principal Caller(const std::string& mission, Role role = Role::kWatchOfficer) {
  return Principal{MissionId(mission), role, "somebody"};
}

inline ViewShape Shape(int32_t partitions = 2, int32_t keyed = 2) {
  ViewShape shape;
  shape.mission = MissionId("unamid");
  shape.warnings_topic = "fusion.warnings.v1";
  shape.actions_topic = "mission.unamid.actions.v1";
  shape.warnings_epoch = "epoch-w";
  shape.actions_epoch = "epoch-a";
  shape.cluster = "cluster";
  shape.warnings_partitions = partitions;
  shape.keyed_partitions = keyed;
  return shape;
}

// 32 hexadecimal digits that end in `n`.
inline std::string IdOf(int n) {
  const std::string digits = StrCat(n);
  return std::string(32 - digits.size(), '0') + digits;
}

inline Label Released(const std::string& originator, const std::vector<std::string>& to,
                      Tlp tlp = Tlp::kAmber) {
  Label label;
  label.originator = MissionId(originator);
  label.classification = Classification::kUnclassified;
  label.tlp = tlp;
  for (const std::string& mission : to) label.releasable_to.emplace_back(mission);
  return label;
}

inline Evidence EvidenceOf(const std::string& mission, const std::string& id, Label label) {
  Evidence evidence;
  evidence.identity = Identity{MissionId(mission), EventId(id)};
  evidence.revision = 1;
  evidence.type = "security.attack";
  evidence.nature = Nature::kObserved;
  evidence.label = std::move(label);
  return evidence;
}

// A warning for UNAMID and MINURCAT, with no evidence yet.
inline Warning WarningOf(int n, int32_t revision = 1) {
  Warning warning;
  warning.id = WarningId(IdOf(n));
  warning.revision = revision;
  warning.message_type = revision == 1 ? MessageType::kAlert : MessageType::kUpdate;
  warning.number = n;
  warning.issued = FromMicros(1'000'000 + 1000 * n + revision);
  WarningContent& content = warning.content;
  content.status = Status::kActual;
  content.rule_id = RuleId("attacks-near-border");
  content.rule_version = 1;
  content.severity = Severity::kSevere;
  content.urgency = Urgency::kExpected;
  content.certainty = Certainty::kLikely;
  content.addressees = {MissionId("minurcat"), MissionId("unamid")};
  content.areas = {AreaId("darfur")};
  content.label = Released("tocsin", {"minurcat", "unamid"});
  return warning;
}

inline InputRecord RecordOf(const Warning& warning, int32_t partition, int64_t offset) {
  v1::WarningsRecord proto;
  *proto.mutable_warning() = ToProto(warning);
  InputRecord record;
  record.source = SourceId{"fusion.warnings.v1", partition};
  record.offset = offset;
  record.key = warning.id.str();
  record.value = proto.SerializeAsString();
  return record;
}

inline InputRecord ActionRecord(const Action& action, int64_t offset) {
  InputRecord record;
  record.source = SourceId{"mission.unamid.actions.v1", 0};
  record.offset = offset;
  record.key = action.warning.str();
  v1::ActionsRecord proto;
  *proto.mutable_action() = ToProto(action);
  record.value = proto.SerializeAsString();
  return record;
}

inline Action AcknowledgementOf(int warning, const std::string& id,
                                const std::string& mission = "unamid") {
  Action action;
  action.action_id = id;
  action.mission = MissionId(mission);
  action.warning = WarningId(IdOf(warning));
  action.detail = Acknowledge();
  action.person = "officer";
  action.desk = mission;
  action.warning_revision = 1;
  return action;
}

inline InputRecord CentreRecord(const CentreAction& action, int64_t offset) {
  InputRecord record;
  record.source = SourceId{"mission.unamid.actions.v1", 0};
  record.offset = offset;
  record.key = "centre";
  v1::ActionsRecord proto;
  *proto.mutable_centre_action() = ToProto(action);
  record.value = proto.SerializeAsString();
  return record;
}

inline CentreAction CentreActionOf(const std::string& id, CentreDetail detail, Time acted) {
  CentreAction action;
  action.action_id = id;
  action.mission = MissionId("unamid");
  action.detail = std::move(detail);
  action.person = "officer";
  action.desk = "officer";
  action.comment = "patrol on site";
  action.acted = acted;
  return action;
}

// Of the warnings of WarningOf.
inline CentreAction SilenceOf(const std::string& id, Time set, Duration lasts,
                              Severity severity_max = Severity::kSevere) {
  return CentreActionOf(
      id, Silence{{{}, {RuleId("attacks-near-border")}, {}, severity_max}, set + lasts}, set);
}

inline InputRecord EvaluationOf(int32_t keyed, int64_t clock_us, int32_t partition,
                                int64_t offset) {
  v1::WarningsRecord proto;
  proto.mutable_evaluated()->set_keyed_partition(keyed);
  proto.mutable_evaluated()->mutable_tick()->set_clock_us(clock_us);
  proto.mutable_evaluated()->set_evaluated_up_to_us(clock_us);
  InputRecord record;
  record.source = SourceId{"fusion.warnings.v1", partition};
  record.offset = offset;
  record.key = StrCat("evaluated/", keyed);
  record.value = proto.SerializeAsString();
  return record;
}

}  // namespace tocsin::gateway::testing
