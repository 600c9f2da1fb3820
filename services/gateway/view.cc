#include "gateway/view.h"

#include <algorithm>
#include <utility>

#include "gateway/entry.h"
#include "gateway/keys.h"
#include "gateway/render.h"
#include "gateway/store_facts.h"
#include "lib/base/hash.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/centre.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/warning_kind.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

constexpr int64_t kFormat = 4;
// End reason of a warning that goes on, but no longer for this centre.
constexpr char kNoLongerAddressed[] = "no_longer_addressed";

std::string EncodeNumber(int64_t value) {
  CanonicalWriter out;
  out.Int64(value);
  return out.Take();
}
int64_t DecodeNumber(const std::optional<std::string>& bytes, int64_t absent) {
  if (!bytes) return absent;
  CanonicalReader in(*bytes);
  const int64_t value = in.Int64();
  return in.ok() ? value : absent;
}

std::set<WarningId> DecodeIds(std::string_view bytes) {
  CanonicalReader in(bytes);
  std::set<WarningId> ids;
  for (int64_t left = in.Int64(); left > 0 && in.ok(); --left) ids.emplace(in.Bytes());
  return ids;
}
void PutIds(const std::string& key, const std::set<WarningId>& ids, State& state) {
  if (ids.empty()) return state.Delete(key);
  CanonicalWriter out;
  out.Int64(static_cast<int64_t>(ids.size()));
  for (const WarningId& id : ids) out.Bytes(id.str());
  state.Put(key, out.Take());
}

int64_t Progress(const v1::EvaluatedUpTo& evaluated) {
  int64_t sum = 0;
  for (const v1::SourceTime& source : evaluated.tick().sources()) {
    sum += source.source().offset();
  }
  return sum;
}

}  // namespace

// Every task writes each evaluation to every partition, and its clock never goes back; what it has
// read tells apart evaluations at one clock.
bool EarlierEvaluation(const v1::EvaluatedUpTo& a, const v1::EvaluatedUpTo& b) {
  return std::tuple(a.tick().clock_us(), Progress(a), a.evaluated_up_to_us()) <
         std::tuple(b.tick().clock_us(), Progress(b), b.evaluated_up_to_us());
}

View::View(ViewStore& store, ViewShape shape) : store_(store), shape_(std::move(shape)) {}

absl::StatusOr<std::unique_ptr<View>> View::Open(ViewStore& store, ViewShape shape) {
  std::unique_ptr<View> view(new View(store, std::move(shape)));
  TOCSIN_RETURN_IF_ERROR(view->CheckFacts());
  view->LoadHorizon();
  view->LoadCentre();
  return view;
}

absl::Status View::CheckFacts() {
  return gateway::CheckFacts(store_, "view",
                             {{"format", StrCat(kFormat)},
                              {"mission", shape_.mission.str()},
                              {"cluster", shape_.cluster},
                              {"warnings_topic", shape_.warnings_topic},
                              {"warnings_epoch", shape_.warnings_epoch},
                              {"warnings_partitions", StrCat(shape_.warnings_partitions)},
                              {"actions_topic", shape_.actions_topic},
                              {"actions_epoch", shape_.actions_epoch}});
}

void View::LoadHorizon() {
  auto horizon = std::make_shared<Horizon>();
  for (int32_t p = 0; p < shape_.warnings_partitions; ++p) {
    horizon->ends.push_back(DecodeNumber(store_.Get(OffsetKey(shape_.warnings_topic, p)), 0));
    horizon->floors.push_back(DecodeNumber(store_.Get(FloorKey(p)), 0));
    for (int32_t k = 0; k < shape_.keyed_partitions; ++k) {
      v1::EvaluatedUpTo evaluated;
      const auto bytes = store_.Get(EvaluatedKey(k, p));
      if (bytes && evaluated.ParseFromString(*bytes)) {
        evaluated_[{k, p}] = std::move(evaluated);
      }
    }
  }
  horizon->warned = horizon->ends;
  horizon->actions_end = DecodeNumber(store_.Get(OffsetKey(shape_.actions_topic, 0)), 0);
  {
    const MutexLock lock(mutex_);
    horizon_ = std::move(horizon);
  }
  Publish({}, {});
}

std::map<SourceId, int64_t> View::Positions() const {
  std::map<SourceId, int64_t> positions;
  const auto add = [&](const std::string& topic, int32_t partition) {
    const auto bytes = store_.Get(OffsetKey(topic, partition));
    if (bytes) positions[SourceId{topic, partition}] = DecodeNumber(bytes, 0);
  };
  for (int32_t p = 0; p < shape_.warnings_partitions; ++p) add(shape_.warnings_topic, p);
  add(shape_.actions_topic, 0);
  return positions;
}

std::shared_ptr<const Horizon> View::horizon() const {
  const MutexLock lock(mutex_);
  return horizon_;
}

absl::StatusOr<ApplyReport> View::Apply(const std::vector<InputRecord>& records) {
  ApplyReport report;
  Overlay overlay(store_);
  std::map<std::pair<int32_t, int32_t>, v1::EvaluatedUpTo> before = evaluated_;
  for (const InputRecord& record : records) {
    const size_t dead = report.dead_letters.size();
    if (record.source.topic == shape_.warnings_topic) {
      ApplyWarnings(record, overlay, report);
    } else {
      ApplyActions(record, overlay, report);
    }
    if (report.dead_letters.size() > dead) {
      ApplyReport::DeadLetter& letter = report.dead_letters.back();
      letter.sha256 = Sha256Hex(record.value);
      overlay.Put(DeadLetterKey(record.source.topic, record.source.partition, record.offset),
                  CanonicalWriter().Bytes(letter.sha256).Bytes(letter.cause).Take());
    }
    overlay.Put(OffsetKey(record.source.topic, record.source.partition),
                EncodeNumber(record.offset + 1));
  }
  // Readers never see a position whose records are not there yet: store first, then the horizon.
  const Overlay::Writes writes = overlay.Take();
  ++generation_;
  if (absl::Status written = store_.Write(writes); !written.ok()) {
    evaluated_ = std::move(before);
    ++generation_;
    return written;
  }
  Publish(records, writes);
  if (report.centre) LoadCentre();
  ++generation_;
  return report;
}

std::vector<ApplyReport::DeadLetter> View::OwedDeadLetters(size_t most) const {
  std::vector<ApplyReport::DeadLetter> owed;
  store_.Scan("d", "e", [&](std::string_view key, std::string_view value) {
    CanonicalReader origin(key.substr(1));
    CanonicalReader facts(value);
    ApplyReport::DeadLetter letter;
    letter.source.topic = origin.Bytes();
    letter.source.partition = static_cast<int32_t>(origin.Int64());
    letter.offset = origin.Int64();
    letter.sha256 = facts.Bytes();
    letter.cause = facts.Bytes();
    owed.push_back(std::move(letter));
    return owed.size() < most;
  });
  return owed;
}

absl::Status View::SettleDeadLetters(const std::vector<ApplyReport::DeadLetter>& written) {
  Overlay overlay(store_);
  for (const ApplyReport::DeadLetter& letter : written) {
    overlay.Delete(DeadLetterKey(letter.source.topic, letter.source.partition, letter.offset));
  }
  return store_.Write(overlay.Take());
}

void View::Publish(const std::vector<InputRecord>& records, const Overlay::Writes& writes) {
  auto next = std::make_shared<Horizon>(*horizon());
  for (const InputRecord& record : records) {
    if (record.source.topic == shape_.warnings_topic) {
      const auto partition = static_cast<size_t>(record.source.partition);
      next->ends[partition] = record.offset + 1;
      const auto put = writes.find(LogKey(record.source.partition, record.offset));
      if (put != writes.end() && put->second) next->warned[partition] = record.offset + 1;
    } else {
      next->actions_end = record.offset + 1;
    }
  }
  for (int32_t p = 0; p < shape_.warnings_partitions; ++p) {
    const auto floor = writes.find(FloorKey(p));
    if (floor != writes.end())
      next->floors[static_cast<size_t>(p)] = DecodeNumber(floor->second, 0);
  }
  next->evaluated.clear();
  for (int32_t k = 0; k < shape_.keyed_partitions; ++k) {
    const v1::EvaluatedUpTo* least = nullptr;
    for (int32_t p = 0; p < shape_.warnings_partitions; ++p) {
      const auto found = evaluated_.find({k, p});
      if (found == evaluated_.end()) {
        least = nullptr;
        break;
      }
      if (least == nullptr || EarlierEvaluation(found->second, *least)) least = &found->second;
    }
    v1::EvaluatedUpTo evaluated;
    if (least != nullptr) evaluated = *least;
    evaluated.set_keyed_partition(k);
    next->evaluated.push_back(std::move(evaluated));
  }
  const MutexLock lock(mutex_);
  horizon_ = std::move(next);
}

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
    state.Put(StandingKey(partition, record.offset), EncodeNumber(record_proto.severity()));
  }
  if (entry.number > 0) state.Put(NumberKey(entry.number), warning.id.str());
  state.Put(NewestKey(entry.first_issued, warning.id), "");
  Explain(record_proto, state, report);
  report.touched.insert(warning.id);
  ++report.warnings;
}

// A tombstone comes when no cursor should need the warning any more. A cursor that has not passed
// its last record would never hear of its end, so it is too old from now on.
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
  // All who read content at this JOC see the same warnings.
  if (IsOpen(told) && told.rests_on_size() > 0 &&
      Visible(Principal{shape_.mission, Role::kWatchOfficer, ""}, told)) {
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

void View::ApplyActions(const InputRecord& record, State& state, ApplyReport& report) {
  v1::ActionsRecord proto;
  if (!record.tombstone && proto.ParseFromString(record.value)) {
    if (proto.has_action()) return ApplyAction(record, FromProto(proto.action()), state, report);
    if (proto.has_centre_action()) {
      return ApplyCentreAction(FromProto(proto.centre_action()), state, report);
    }
  }
  report.dead_letters.push_back({record.source, record.offset, "", "not an ActionsRecord"});
}

void View::ApplyCentreAction(const CentreAction& action, State& state, ApplyReport& report) const {
  const auto stored = state.Get(CentreKey());
  const absl::StatusOr<Centre> before = stored ? DecodeCentre(*stored) : Centre();
  const AppliedToCentre applied =
      tocsin::Apply(before.ok() ? *before : Centre(), action, shape_.mission);
  ++report.actions[std::string(NameOf(applied.outcome))];
  if (before.ok() && applied.centre == *before) return;
  state.Put(CentreKey(), Encode(applied.centre));
  report.centre = true;
}

void View::LoadCentre() {
  const auto stored = store_.Get(CentreKey());
  absl::StatusOr<Centre> centre = stored ? DecodeCentre(*stored) : Centre();
  auto next = std::make_shared<const Centre>(centre.ok() ? *std::move(centre) : Centre());
  const MutexLock lock(mutex_);
  centre_ = std::move(next);
}

std::shared_ptr<const Centre> View::centre() const {
  const MutexLock lock(mutex_);
  return centre_;
}

std::set<WarningId> View::WiderThan(const WarningId& id) const {
  const auto stored = store_.Get(WiderKey(id));
  std::set<WarningId> wider = stored ? DecodeIds(*stored) : std::set<WarningId>();
  std::erase_if(wider, [this](const WarningId& one) {
    return LifecycleOf(one).state == LifecycleState::kResolved;
  });
  return wider;
}

void View::ApplyAction(const InputRecord& record, const Action& action, State& state,
                       ApplyReport& report) {
  const std::string key = LifecycleKey(action.warning);
  const std::optional<std::string> stored = state.Get(key);
  Lifecycle before;
  if (stored) {
    absl::StatusOr<Lifecycle> decoded = DecodeLifecycle(*stored);
    if (decoded.ok()) before = *std::move(decoded);
  }
  const Applied applied = tocsin::Apply(before, action, shape_.mission);
  const std::string outcome(NameOf(applied.outcome));
  ++report.actions[outcome];
  // What is ignored altogether, a second copy included, is no part of the warning's history.
  if (applied.lifecycle == before) return;
  state.Put(key, Encode(applied.lifecycle));
  v1::ActionTaken taken;
  *taken.mutable_action() = ToProto(action);
  taken.set_outcome(outcome);
  state.Put(ActionKey(action.warning, record.offset),
            CanonicalWriter().TimeOf(record.logged).Bytes(SerializeDeterministic(taken)).Take());
  if (applied.outcome != Outcome::kApplied) return;
  report.touched.insert(action.warning);
  // What it keeps quiet may be heard again.
  if (const auto narrower = state.Get(NarrowerKey(action.warning))) {
    report.touched.merge(DecodeIds(*narrower));
  }
  const std::string last = LastChangeKey(action.warning);
  if (const auto former = state.Get(last)) state.Delete(ChangeKey(DecodeNumber(former, -1)));
  state.Put(last, EncodeNumber(record.offset));
  state.Put(ChangeKey(record.offset), action.warning.str());
}

std::optional<View::Record> View::RecordAt(int32_t partition, int64_t offset) const {
  const auto bytes = store_.Get(LogKey(partition, offset));
  Record record{partition, offset, {}};
  if (!bytes || !record.warning.ParseFromString(*bytes)) return std::nullopt;
  return record;
}

void View::ScanLog(int32_t partition, int64_t from, int64_t to, bool standing,
                   absl::FunctionRef<bool(const Record&)> visit) const {
  if (from >= to) return;
  // Evaluations come many times a second, to be passed by thousands of watches.
  if (!standing && from >= horizon()->warned[static_cast<size_t>(partition)]) return;
  const auto key = standing ? &StandingKey : &LogKey;
  store_.Scan(key(partition, from), key(partition, to),
              [&](std::string_view found, std::string_view value) {
                Record record{partition, OffsetOf(found), {}};
                if (standing) {
                  const auto at = RecordAt(partition, record.offset);
                  return !at || visit(*at);
                }
                return !record.warning.ParseFromArray(value.data(),
                                                      static_cast<int>(value.size())) ||
                       visit(record);
              });
}

void View::ScanStanding(int32_t partition, int64_t from, int64_t to, v1::Severity severity,
                        bool or_less, absl::FunctionRef<bool(const Record&)> visit) const {
  if (from >= to) return;
  store_.Scan(StandingKey(partition, from), StandingKey(partition, to),
              [&](std::string_view found, std::string_view value) {
                const int64_t graded =
                    std::max<int64_t>(DecodeNumber(std::string(value), 0), v1::SEVERITY_UNKNOWN);
                if (graded > severity || (graded < severity && !or_less)) return true;
                const auto at = RecordAt(partition, OffsetOf(found));
                return !at || visit(*at);
              });
}

void View::ScanNewest(std::string_view after,
                      absl::FunctionRef<bool(std::string_view, const Record&)> visit) const {
  // The least key after `after`.
  const std::string from = after.empty() ? "t" : std::string(after) + '\0';
  store_.Scan(from, "u", [&](std::string_view key, std::string_view) {
    const auto record = Latest(NewestId(key));
    return !record || visit(key, *record);
  });
}

std::optional<View::Record> View::Latest(const WarningId& id) const {
  const auto bytes = store_.Get(WarningKey(id));
  const auto entry = bytes ? DecodeEntry(*bytes) : std::nullopt;
  return entry ? RecordAt(entry->partition, entry->offset) : std::nullopt;
}

std::optional<View::Record> View::Revision(const WarningId& id, int32_t revision) const {
  const auto bytes = store_.Get(RevisionKey(id, revision));
  const auto entry = bytes ? DecodeEntry(*bytes) : std::nullopt;
  return entry ? RecordAt(entry->partition, entry->offset) : std::nullopt;
}

std::optional<WarningId> View::ByNumber(int64_t number) const {
  const auto bytes = store_.Get(NumberKey(number));
  return bytes ? std::optional(WarningId(*bytes)) : std::nullopt;
}

Lifecycle View::LifecycleOf(const WarningId& id) const {
  const auto bytes = store_.Get(LifecycleKey(id));
  if (!bytes) return {};
  absl::StatusOr<Lifecycle> lifecycle = DecodeLifecycle(*bytes);
  return lifecycle.ok() ? *std::move(lifecycle) : Lifecycle();
}

Time View::FirstIssued(const WarningId& id) const {
  const auto bytes = store_.Get(WarningKey(id));
  const auto entry = bytes ? DecodeEntry(*bytes) : std::nullopt;
  return entry ? entry->first_issued : kUnknownTime;
}

void View::ScanChanges(int64_t from, int64_t to,
                       absl::FunctionRef<bool(int64_t, const WarningId&)> visit) const {
  if (from >= to) return;
  store_.Scan(ChangeKey(from), ChangeKey(to), [&](std::string_view key, std::string_view id) {
    return visit(ChangeOffset(key), WarningId(std::string(id)));
  });
}

std::vector<View::Moment> View::History(const WarningId& id) const {
  std::vector<Moment> moments;
  const std::string revisions = RevisionsOf(id);
  store_.Scan(revisions, PrefixEnd(revisions), [&](std::string_view, std::string_view value) {
    const auto entry = DecodeEntry(value);
    auto record = entry ? RecordAt(entry->partition, entry->offset) : std::nullopt;
    if (record) moments.push_back({entry->logged, *std::move(record)});
    return true;
  });
  const std::string actions = ActionsOf(id);
  store_.Scan(actions, PrefixEnd(actions), [&](std::string_view, std::string_view value) {
    CanonicalReader in(value);
    const Time logged = in.TimeOf();
    v1::ActionTaken taken;
    if (taken.ParseFromString(in.Bytes()) && in.ok()) moments.push_back({logged, std::move(taken)});
    return true;
  });
  // Each of the two is in the order of its log already.
  std::stable_sort(moments.begin(), moments.end(),
                   [](const Moment& a, const Moment& b) { return a.logged < b.logged; });
  return moments;
}

}  // namespace tocsin::gateway
