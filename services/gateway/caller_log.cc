#include "gateway/caller_log.h"

#include <algorithm>

#include <absl/strings/numbers.h>

#include "gateway/doors.h"
#include "gateway/filter.h"
#include "gateway/render.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

// What a standing warning adds to the digest: gateway_service.proto, Heartbeat.open_digest.
uint64_t DigestOf(const v1::WarningView& view) {
  const std::string digest = Sha256Hex(
      StrCat(view.warning().id(), "/", view.warning().revision(), "/", view.lifecycle().actions()));
  uint64_t number = 0;
  return absl::SimpleHexAtoi(Av(digest).substr(0, 16), &number) ? number : 0;
}

}  // namespace

Reach CallerLog::reach() {
  const auto horizon = doors_.view_.horizon();
  return Reach{{horizon->ends, horizon->actions_end},
               {horizon->floors, 0},
               std::shared_ptr<const std::vector<v1::EvaluatedUpTo>>(horizon, &horizon->evaluated)};
}

Epochs CallerLog::epochs() const {
  const ViewShape& shape = doors_.view_.shape();
  return {shape.warnings_epoch, shape.actions_epoch};
}

int64_t CallerLog::CentreActions() { return doors_.view_.centre()->actions; }

v1::Centre CallerLog::Centre() { return doors_.Centre(principal_); }

int64_t CallerLog::OldestEvaluationAgeMs() {
  return doors_.hearing_.OldestAge(Hearing::Clock::now()).count();
}

std::optional<v1::WarningView> CallerLog::Selected(const v1::Warning& stored) const {
  if (!SelectsKind(filter_, stored)) return std::nullopt;
  std::optional<v1::WarningView> shown = doors_.Show(principal_, stored);
  if (shown && !Matches(filter_, *shown)) shown.reset();
  return shown;
}

// A revision that takes the warning out of the filter is for the caller too, if the one before was:
// nothing is to stand on a screen that no longer holds.
std::optional<WatchSource::Found> CallerLog::ForCaller(const View::Record& record) const {
  std::optional<v1::WarningView> shown;
  if (SelectsKind(filter_, record.warning)) {
    shown = doors_.Show(principal_, record.warning);
    if (!shown) return std::nullopt;
    if (Matches(filter_, *shown)) return Found{record.offset, *std::move(shown), false};
  }
  const auto before =
      doors_.view_.Revision(WarningId(record.warning.id()), record.warning.revision() - 1);
  if (!before || !Selected(before->warning)) return std::nullopt;
  if (!shown) shown = doors_.Show(principal_, record.warning);
  return shown ? std::optional(Found{record.offset, *std::move(shown), true}) : std::nullopt;
}

std::optional<v1::WarningView> CallerLog::Standing(const WarningId& id) const {
  const auto record = doors_.view_.Latest(id);
  return record ? Selected(record->warning) : std::nullopt;
}

std::optional<WatchSource::Found> CallerLog::StandingForCaller(const View::Record& record) const {
  auto selected = Selected(record.warning);
  return selected ? std::optional(Found{record.offset, *std::move(selected), false}) : std::nullopt;
}

bool CallerLog::Urgent(const View::Record& record) const {
  if (record.warning.severity() == v1::SEVERITY_EXTREME) return true;
  const auto before =
      doors_.view_.Revision(WarningId(record.warning.id()), record.warning.revision() - 1);
  return before && before->warning.severity() == v1::SEVERITY_EXTREME &&
         Visible(principal_, before->warning);
}

bool CallerLog::Overtaken(const View::Record& record, int64_t ahead) const {
  const WarningId id(record.warning.id());
  for (int32_t revision = record.warning.revision() + 1;; ++revision) {
    const auto later = doors_.view_.Revision(id, revision);
    if (!later || later->offset >= ahead) return false;
    if (Urgent(*later) && ForCaller(*later)) return true;
  }
}

WatchSource::Scanned CallerLog::Next(int32_t partition, int64_t from, int64_t to,
                                     const Lane& lane) {
  Scanned scanned;
  scanned.reached = to;
  int looked_at = 0;
  const auto found = [&](const View::Record& record) -> std::optional<Found> {
    switch (lane.kind) {
      case Lane::Kind::kStanding:
        return StandingForCaller(record);
      case Lane::Kind::kUrgent:
        if (!Urgent(record)) break;
        return ForCaller(record);
      case Lane::Kind::kLog:
        if (record.offset < lane.ahead && (Urgent(record) || Overtaken(record, lane.ahead))) break;
        return ForCaller(record);
    }
    return std::nullopt;
  };
  const auto visit = [&](const View::Record& record) {
    if (++looked_at > kMostAtOnce) {
      scanned.reached = record.offset;
      return false;
    }
    scanned.found = found(record);
    if (!scanned.found) return true;
    scanned.reached = record.offset + 1;
    return false;
  };
  if (lane.kind == Lane::Kind::kStanding) {
    doors_.view_.ScanStanding(partition, from, to, lane.severity, KindSelected(), visit);
  } else {
    doors_.view_.ScanLog(partition, from, to, visit);
  }
  return scanned;
}

std::optional<v1::WarningView> CallerLog::AsGiven(const std::string& warning_id, int32_t revision) {
  const auto record = doors_.view_.Revision(WarningId(warning_id), revision);
  return record ? doors_.Show(principal_, record->warning) : std::nullopt;
}

WatchSource::ScannedChanges CallerLog::NextChange(int64_t from, int64_t to) {
  ScannedChanges scanned;
  scanned.reached = to;
  int looked_at = 0;
  doors_.view_.ScanChanges(from, to, [&](int64_t offset, const WarningId& id) {
    if (++looked_at > kMostAtOnce) {
      scanned.reached = offset;
      return false;
    }
    std::optional<v1::WarningView> shown = Standing(id);
    if (!shown) return true;
    scanned.reached = offset + 1;
    Change found;
    found.offset = offset;
    found.change.set_warning_id(shown->warning().id());
    found.change.set_number(shown->warning().number());
    *found.change.mutable_lifecycle() = std::move(*shown->mutable_lifecycle());
    scanned.found = std::move(found);
    return false;
  });
  return scanned;
}

void CallerLog::Count(const v1::Warning& stored) const {
  const auto [counted, first] = counter_->open.try_emplace(stored.id(), 0);
  counter_->digest ^= counted->second;
  const auto selected = Selected(stored);
  if (selected && Stands(*selected)) {
    counted->second = DigestOf(*selected);
    counter_->digest ^= counted->second;
  } else {
    counter_->open.erase(counted);
  }
}

WatchSource::Open CallerLog::OpenWarnings(const LogPosition& position) {
  const MutexLock lock(counter_->mutex);
  const View& view = doors_.view_;
  const uint64_t generation = view.generation();
  const auto horizon = view.horizon();
  LogPosition& counted = counter_->counted_to;
  const auto count = [&](const View::Record& record)
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(counter_->mutex) {
                           Count(record.warning);
                           return true;
                         };
  if (counted.warnings.empty()) {
    for (size_t p = 0; p < horizon->ends.size(); ++p) {
      view.ScanStanding(static_cast<int32_t>(p), 0, horizon->ends[p], std::nullopt, KindSelected(),
                        count);
    }
    counted = {horizon->ends, horizon->actions_end};
  }
  for (size_t p = 0; p < horizon->ends.size(); ++p) {
    view.ScanLog(static_cast<int32_t>(p), counted.warnings[p], horizon->ends[p], count);
    counted.warnings[p] = horizon->ends[p];
  }
  view.ScanChanges(counted.actions, horizon->actions_end,
                   [&](int64_t, const WarningId& id)
                       ABSL_EXCLUSIVE_LOCKS_REQUIRED(counter_->mutex) {
                         const auto record = view.Latest(id);
                         if (record) Count(record->warning);
                         return true;
                       });
  counted.actions = horizon->actions_end;
  Open open;
  open.warnings = static_cast<int32_t>(counter_->open.size());
  // The store may be ahead of the horizon while a batch goes in: then some may be counted as of it.
  const bool exact = generation % 2 == 0 && view.generation() == generation;
  if (exact && counted == position) open.digest = counter_->digest;
  return open;
}

}  // namespace tocsin::gateway
