// What can be asked of the view.
#include <algorithm>
#include <utility>

#include "gateway/keys.h"
#include "gateway/view.h"
#include "gateway/view_codec.h"
#include "lib/wire/centre.h"

namespace tocsin::gateway {

std::shared_ptr<const Centre> View::centre() const {
  const MutexLock lock(mutex_);
  return centre_;
}

Audible View::AudibleOf(const v1::Warning& warning) const {
  Audible audible = tocsin::AudibleOf(warning);
  audible.explained_by = WiderThan(audible.id);
  const MutexLock lock(mutex_);
  audible.ring = alarms_.RingOf(audible.id);
  return audible;
}

std::vector<Alarm> View::AlarmsSince(Time since, size_t most) const {
  const MutexLock lock(mutex_);
  return alarms_.Since(since, most);
}

bool View::Flood(Status status, Time now) const {
  const MutexLock lock(mutex_);
  return alarms_.Flood(status, now);
}

std::set<WarningId> View::WiderThan(const WarningId& id) const {
  const auto stored = store_.Get(WiderKey(id));
  std::set<WarningId> wider = stored ? DecodeIds(*stored) : std::set<WarningId>();
  std::erase_if(wider, [this](const WarningId& one) {
    return LifecycleOf(one).state == LifecycleState::kResolved;
  });
  return wider;
}

View::RecordPtr View::RecordAt(int32_t partition, int64_t offset) const {
  const auto recent = recent_->Next(partition, offset);
  // A batch that is on its way in is in the store first.
  if (recent && *recent != nullptr && (*recent)->offset == offset) return *recent;
  const auto bytes = store_.Get(LogKey(partition, offset));
  Record record{partition, offset, {}};
  if (!bytes || !record.warning.ParseFromString(*bytes)) return nullptr;
  return std::make_shared<const Record>(std::move(record));
}

void View::ScanLog(int32_t partition, int64_t from, int64_t to,
                   absl::FunctionRef<bool(const Record&)> visit) const {
  while (from < to) {
    const auto recent = recent_->Next(partition, from);
    if (!recent) break;
    if (*recent == nullptr || (*recent)->offset >= to) return;
    if (!visit(**recent)) return;
    from = (*recent)->offset + 1;
  }
  if (from >= to) return;
  store_.Scan(LogKey(partition, from), LogKey(partition, to),
              [&](std::string_view found, std::string_view value) {
                Record record{partition, OffsetOf(found), {}};
                return !record.warning.ParseFromArray(value.data(),
                                                      static_cast<int>(value.size())) ||
                       visit(record);
              });
}

void View::ScanStanding(int32_t partition, int64_t from, int64_t to,
                        std::optional<v1::Severity> severity,
                        absl::FunctionRef<bool(v1::Status, const std::string&)> selects,
                        absl::FunctionRef<bool(const Record&)> visit) const {
  if (from >= to) return;
  store_.Scan(StandingKey(partition, from), StandingKey(partition, to),
              [&](std::string_view found, std::string_view value) {
                const StandingMark mark = DecodeStandingMark(value);
                const int64_t graded = std::max<int64_t>(mark.severity, v1::SEVERITY_UNKNOWN);
                if (severity && graded != *severity) return true;
                if (!selects(static_cast<v1::Status>(mark.status), mark.exercise_id)) return true;
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

View::RecordPtr View::Latest(const WarningId& id) const {
  const auto bytes = store_.Get(WarningKey(id));
  const auto entry = bytes ? DecodeEntry(*bytes) : std::nullopt;
  return entry ? RecordAt(entry->partition, entry->offset) : nullptr;
}

View::RecordPtr View::Revision(const WarningId& id, int32_t revision) const {
  if (revision < 1) return nullptr;
  const auto bytes = store_.Get(RevisionKey(id, revision));
  const auto entry = bytes ? DecodeEntry(*bytes) : std::nullopt;
  return entry ? RecordAt(entry->partition, entry->offset) : nullptr;
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
    auto record = entry ? RecordAt(entry->partition, entry->offset) : nullptr;
    if (record) moments.push_back({entry->logged, std::move(record)});
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
