#include "gateway/cursor.h"

#include <algorithm>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

constexpr char kRemedy[] = "; subscribe again without a cursor, for a snapshot";

absl::Status CheckEpoch(const std::string& given, const std::string& epoch, const char* log) {
  if (given == epoch) return absl::OkStatus();
  return absl::OutOfRangeError(StrCat("the cursor is of another epoch of the ", log,
                                      " log: the log was made anew", kRemedy));
}

absl::Status CheckOffset(int64_t offset, int64_t floor, int64_t end, const std::string& where) {
  if (offset < 0 || offset < floor) {
    return absl::OutOfRangeError(StrCat("the cursor is too old: offset ", offset, " of ", where,
                                        " is before ", floor,
                                        ", and what it lacks is gone from the log", kRemedy));
  }
  if (offset > end) {
    return absl::OutOfRangeError(StrCat("the cursor is ahead of the log: offset ", offset, " of ",
                                        where, " is beyond ", end, kRemedy));
  }
  return absl::OkStatus();
}

}  // namespace

v1::Cursor MakeCursor(const Epochs& epochs, const Place& place) {
  v1::Cursor cursor;
  cursor.set_epoch(epochs.warnings);
  cursor.set_actions_epoch(epochs.actions);
  cursor.set_actions_offset(place.log.actions);
  const std::vector<int64_t>& log = place.log.warnings;
  if (place.snapshot) {
    v1::SnapshotPlace& snapshot = *cursor.mutable_snapshot();
    snapshot.mutable_log()->Add(log.begin(), log.end());
    snapshot.set_severity(place.snapshot->severity);
    snapshot.mutable_offsets()->Add(place.snapshot->offsets.begin(), place.snapshot->offsets.end());
  } else {
    cursor.mutable_offsets()->Add(log.begin(), log.end());
  }
  if (place.ahead != log) cursor.mutable_ahead()->Add(place.ahead.begin(), place.ahead.end());
  return cursor;
}

Place PlaceOf(const v1::Cursor& cursor) {
  Place place;
  place.log.actions = cursor.actions_offset();
  place.ahead.assign(cursor.ahead().begin(), cursor.ahead().end());
  if (cursor.has_snapshot()) {
    const v1::SnapshotPlace& snapshot = cursor.snapshot();
    place.log.warnings.assign(snapshot.log().begin(), snapshot.log().end());
    place.snapshot =
        SnapshotPlace{snapshot.severity(), {snapshot.offsets().begin(), snapshot.offsets().end()}};
  } else {
    place.log.warnings.assign(cursor.offsets().begin(), cursor.offsets().end());
  }
  return place;
}

bool HasPassed(const Place& place, const Place& earlier) {
  const auto reaches = [](const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](int64_t x, int64_t y) { return x >= y; });
  };
  const auto ahead = [](const Place& of) { return of.ahead.empty() ? of.log.warnings : of.ahead; };
  if (!reaches(place.log.warnings, earlier.log.warnings) ||
      place.log.actions < earlier.log.actions || !reaches(ahead(place), ahead(earlier))) {
    return false;
  }
  // A snapshot comes before the log.
  if (!place.snapshot) return true;
  if (!earlier.snapshot) return false;
  if (place.snapshot->severity != earlier.snapshot->severity) {
    return place.snapshot->severity < earlier.snapshot->severity;
  }
  return reaches(place.snapshot->offsets, earlier.snapshot->offsets);
}

absl::Status Check(const v1::Cursor& cursor, const Epochs& epochs, const LogPosition& floors,
                   const LogPosition& ends) {
  TOCSIN_RETURN_IF_ERROR(CheckEpoch(cursor.epoch(), epochs.warnings, "warnings"));
  TOCSIN_RETURN_IF_ERROR(CheckEpoch(cursor.actions_epoch(), epochs.actions, "actions"));
  const Place place = PlaceOf(cursor);
  const std::vector<int64_t>& log = place.log.warnings;
  const auto as_many = [&](const std::vector<int64_t>& offsets) {
    return offsets.size() == ends.warnings.size();
  };
  if (!as_many(log) || (!place.ahead.empty() && !as_many(place.ahead)) ||
      (place.snapshot && !as_many(place.snapshot->offsets))) {
    return absl::OutOfRangeError(StrCat("the cursor has ", log.size(),
                                        " offsets and the warnings log ", ends.warnings.size(),
                                        " partitions", kRemedy));
  }
  if (place.snapshot && (place.snapshot->severity < v1::SEVERITY_UNKNOWN ||
                         place.snapshot->severity > v1::SEVERITY_EXTREME)) {
    return absl::OutOfRangeError(StrCat("the cursor's snapshot is at no severity", kRemedy));
  }
  for (size_t p = 0; p < log.size(); ++p) {
    const std::string where = StrCat("partition ", p);
    TOCSIN_RETURN_IF_ERROR(CheckOffset(log[p], floors.warnings[p], ends.warnings[p], where));
    if (!place.ahead.empty()) {
      TOCSIN_RETURN_IF_ERROR(CheckOffset(place.ahead[p], 0, ends.warnings[p], where));
    }
    if (place.snapshot) {
      TOCSIN_RETURN_IF_ERROR(CheckOffset(place.snapshot->offsets[p], 0, log[p], where));
    }
  }
  return CheckOffset(place.log.actions, floors.actions, ends.actions, "the actions log");
}

}  // namespace tocsin::gateway
