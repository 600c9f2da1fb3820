#include "gateway/cursor.h"

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

v1::Cursor MakeCursor(const Epochs& epochs, const LogPosition& position) {
  v1::Cursor cursor;
  cursor.set_epoch(epochs.warnings);
  cursor.mutable_offsets()->Add(position.warnings.begin(), position.warnings.end());
  cursor.set_actions_epoch(epochs.actions);
  cursor.set_actions_offset(position.actions);
  return cursor;
}

LogPosition PositionOf(const v1::Cursor& cursor) {
  return {{cursor.offsets().begin(), cursor.offsets().end()}, cursor.actions_offset()};
}

absl::Status Check(const v1::Cursor& cursor, const Epochs& epochs, const LogPosition& floors,
                   const LogPosition& ends) {
  TOCSIN_RETURN_IF_ERROR(CheckEpoch(cursor.epoch(), epochs.warnings, "warnings"));
  TOCSIN_RETURN_IF_ERROR(CheckEpoch(cursor.actions_epoch(), epochs.actions, "actions"));
  if (static_cast<size_t>(cursor.offsets_size()) != ends.warnings.size()) {
    return absl::OutOfRangeError(StrCat("the cursor has ", cursor.offsets_size(),
                                        " offsets and the warnings log ", ends.warnings.size(),
                                        " partitions", kRemedy));
  }
  for (int p = 0; p < cursor.offsets_size(); ++p) {
    const auto i = static_cast<size_t>(p);
    TOCSIN_RETURN_IF_ERROR(CheckOffset(cursor.offsets(p), floors.warnings[i], ends.warnings[i],
                                       StrCat("partition ", p)));
  }
  return CheckOffset(cursor.actions_offset(), floors.actions, ends.actions, "the actions log");
}

}  // namespace tocsin::gateway
