// How the view takes what comes on the warnings topic.
#include <algorithm>
#include <utility>

#include "gateway/keys.h"
#include "gateway/render.h"
#include "gateway/view.h"
#include "gateway/view_codec.h"
#include "lib/domain/rule_form.h"
#include "lib/wire/warning_kind.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

// End reason of a warning that goes on, but no longer for this centre.
constexpr char kNoLongerAddressed[] = "no_longer_addressed";

}  // namespace

void View::ApplyWarnings(const InputRecord& record, State& state, ApplyReport& report) {
  const auto dead = [&](std::string cause) {
    report.dead_letters.push_back({record.source, record.offset, "", std::move(cause)});
  };
  if (record.tombstone) {
    ApplyTombstone(record, state);
    ++report.tombstones;
    return;
  }
  v1::WarningsRecord proto;
  if (!proto.ParseFromString(record.value)) return dead("not a WarningsRecord");
  switch (proto.record_case()) {
    case v1::WarningsRecord::kWarning: {
      const absl::StatusOr<Warning> warning = FromProto(proto.warning());
      if (!warning.ok()) return dead(std::string(warning.status().message()));
      if (warning->id.empty() || warning->revision < 1 ||
          warning->message_type == MessageType::kUnspecified ||
          warning->content.status == Status::kUnspecified) {
        return dead("a warning without id, revision, message type or status");
      }
      return ApplyWarning(record, *warning, state, report);
    }
    case v1::WarningsRecord::kEvaluated: {
      const int32_t keyed = proto.evaluated().keyed_partition();
      if (!FromProto(proto.evaluated()).ok() || keyed < 0 || keyed >= shape_.keyed_partitions) {
        return dead("an evaluation of no correlator task");
      }
      ++report.evaluations;
      report.heard.emplace_back(keyed, record.source.partition);
      state.Put(EvaluatedKey(keyed, record.source.partition),
                proto.evaluated().SerializeAsString());
      evaluated_[{keyed, record.source.partition}] = std::move(*proto.mutable_evaluated());
      return;
    }
    case v1::WarningsRecord::RECORD_NOT_SET:
      return dead("neither a warning nor an evaluation");
  }
}

std::optional<Warning> View::AsThisCentreIsTold(const Warning& warning,
                                                const std::optional<Entry>& before,
                                                const State& state) const {
  const auto addressed = [&](const Warning& one) {
    return std::find(one.content.addressees.begin(), one.content.addressees.end(),
                     shape_.mission) != one.content.addressees.end();
  };
  const auto bytes = before ? state.Get(LogKey(before->partition, before->offset)) : std::nullopt;
  v1::Warning proto;
  if (!bytes || !proto.ParseFromString(*bytes) || addressed(warning)) return warning;
  absl::StatusOr<Warning> last = FromProto(proto);
  if (!last.ok() || !addressed(*last)) return warning;
  if (last->end_reason == kNoLongerAddressed) return std::nullopt;
  // What it was told, ended: the new content is for others.
  last->revision = warning.revision;
  last->message_type = MessageType::kCancel;
  last->issued = warning.issued;
  last->caused_by.reset();
  last->caused_by_revision = 0;
  last->merged_into.clear();
  last->end_reason = kNoLongerAddressed;
  last->alerts = true;
  return *std::move(last);
}

void View::ApplyWarning(const InputRecord& record, const Warning& emission, State& state,
                        ApplyReport& report) {
  const int32_t partition = record.source.partition;
  const std::optional<std::string> stored = state.Get(WarningKey(emission.id));
  std::optional<Entry> before = stored ? DecodeEntry(*stored) : std::nullopt;
  // An emission is (id, revision): a second copy, or one that comes after its successor, is not
  // news.
  if (before && before->revision >= emission.revision) {
    ++report.repeated;
    return;
  }
  const std::optional<Warning> told = AsThisCentreIsTold(emission, before, state);
  if (!told) return;
  const Warning& warning = *told;
  Entry entry;
  entry.partition = partition;
  entry.offset = record.offset;
  entry.revision = warning.revision;
  entry.number = warning.number;
  entry.first_issued = before ? before->first_issued : warning.issued;
  entry.logged = record.logged;
  if (before) {
    state.Delete(StandingKey(before->partition, before->offset));
    if (before->number != entry.number) state.Delete(NumberKey(before->number));
  }
  const v1::Warning record_proto = ToProto(warning);
  state.Put(LogKey(partition, record.offset), SerializeDeterministic(record_proto));
  state.Put(RevisionKey(warning.id, warning.revision), Encode(entry));
  state.Put(WarningKey(warning.id), Encode(entry));
  if (warning.message_type == MessageType::kAlert || warning.message_type == MessageType::kUpdate) {
    // So that a snapshot by severity reads each warning once.
    state.Put(StandingKey(partition, record.offset),
              Encode(StandingMark{record_proto.severity(), record_proto.status(),
                                  record_proto.exercise_id()}));
  }
  if (entry.number > 0) state.Put(NumberKey(entry.number), warning.id.str());
  state.Put(NewestKey(entry.first_issued, warning.id), "");
  Explain(record_proto, state, report);
  if (Alerts(record_proto) && VisibleToWatch(shape_.mission, record_proto)) {
    Alarm alarm{warning.issued, warning.id, warning.revision, warning.content.status,
                FormOf(warning.content.rule_id).rule};
    state.Put(AlarmKey(alarm.warning, alarm.revision), Encode(alarm));
    report.alarms.push_back(std::move(alarm));
  }
  report.touched.insert(warning.id);
  ++report.warnings;
}

// A tombstone comes when no cursor should need the warning any more. A cursor that has not passed
// its last record would never hear of its end, so it is too old from now on.
void View::LoadAlarms() {
  const MutexLock lock(mutex_);
  store_.Scan("b", "c",
              [this](std::string_view key, std::string_view value)
                  ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                    if (auto alarm = DecodeAlarm(key, value)) alarms_.Add(*alarm);
                    return true;
                  });
  forgotten_ = alarms_.Forget();
}

void View::TakeAlarms(ApplyReport& report) {
  if (report.alarms.empty()) return;
  Time late = kNever;
  const MutexLock lock(mutex_);
  for (const Alarm& alarm : report.alarms) {
    if (alarms_.Add(alarm)) late = std::min(late, alarm.at);
  }
  if (late != kNever) report.touched.merge(alarms_.From(late));
  forgotten_ = alarms_.Forget();
}

void View::ApplyTombstone(const InputRecord& record, State& state) {
  const WarningId id(record.key);
  const std::optional<std::string> stored = state.Get(WarningKey(id));
  const std::optional<Entry> entry = stored ? DecodeEntry(*stored) : std::nullopt;
  const int32_t partition = entry ? entry->partition : record.source.partition;
  const int64_t floor = std::max(DecodeNumber(state.Get(FloorKey(partition)), 0),
                                 (entry ? entry->offset : record.offset) + 1);
  state.Put(FloorKey(partition), EncodeNumber(floor));
  if (!entry) return;
  // Not the lifecycle: that is a function of the actions alone.
  v1::Warning ended;
  ended.set_id(id.str());
  ApplyReport none;
  Explain(ended, state, none);
  std::vector<std::string> gone = {WarningKey(id), StandingKey(entry->partition, entry->offset),
                                   NumberKey(entry->number), NewestKey(entry->first_issued, id)};
  const std::string revisions = RevisionsOf(id);
  state.Scan(revisions, PrefixEnd(revisions), [&](std::string_view key, std::string_view value) {
    gone.emplace_back(key);
    if (const auto revision = DecodeEntry(value)) {
      gone.push_back(LogKey(revision->partition, revision->offset));
    }
    return true;
  });
  for (const std::string& key : gone) state.Delete(key);
}

void View::Explain(const v1::Warning& told, State& state, ApplyReport& report) const {
  const WarningId id(told.id());
  const auto bytes = state.Get(NarrowerKey(id));
  const std::set<WarningId> before = bytes ? DecodeIds(*bytes) : std::set<WarningId>();
  std::set<WarningId> after;
  if (IsOpen(told) && told.rests_on_size() > 0 && VisibleToWatch(shape_.mission, told)) {
    for (const v1::RestsOn& narrower : told.rests_on()) after.emplace(narrower.warning_id());
  }
  if (after == before) return;
  std::set<WarningId> all = before;
  all.insert(after.begin(), after.end());
  for (const WarningId& narrower : all) {
    const auto stored = state.Get(WiderKey(narrower));
    std::set<WarningId> wider = stored ? DecodeIds(*stored) : std::set<WarningId>();
    if (after.contains(narrower)) {
      wider.insert(id);
    } else {
      wider.erase(id);
    }
    PutIds(WiderKey(narrower), wider, state);
    report.touched.insert(narrower);
  }
  PutIds(NarrowerKey(id), after, state);
}

}  // namespace tocsin::gateway
