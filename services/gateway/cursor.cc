#include "gateway/cursor.h"

#include "lib/base/text.h"

namespace tocsin::gateway {

v1::Cursor MakeCursor(const std::string& epoch, const std::vector<int64_t>& offsets) {
  v1::Cursor cursor;
  cursor.set_epoch(epoch);
  cursor.mutable_offsets()->Add(offsets.begin(), offsets.end());
  return cursor;
}

absl::Status Check(const v1::Cursor& cursor, const std::string& epoch,
                   const std::vector<int64_t>& floors, const std::vector<int64_t>& ends) {
  constexpr char kRemedy[] = "; subscribe again without a cursor, for a snapshot";
  if (cursor.epoch() != epoch) {
    return absl::OutOfRangeError(StrCat(
        "the cursor is of another epoch of the warnings log: the log was made anew", kRemedy));
  }
  if (static_cast<size_t>(cursor.offsets_size()) != ends.size()) {
    return absl::OutOfRangeError(StrCat("the cursor has ", cursor.offsets_size(),
                                        " offsets and the warnings log ", ends.size(),
                                        " partitions", kRemedy));
  }
  for (int p = 0; p < cursor.offsets_size(); ++p) {
    const int64_t offset = cursor.offsets(p);
    const auto i = static_cast<size_t>(p);
    if (offset < 0 || offset < floors[i]) {
      return absl::OutOfRangeError(StrCat("the cursor is too old: offset ", offset,
                                          " of partition ", p, " is before ", floors[i],
                                          ", and what it lacks is gone from the log", kRemedy));
    }
    if (offset > ends[i]) {
      return absl::OutOfRangeError(StrCat("the cursor is ahead of the log: offset ", offset,
                                          " of partition ", p, " is beyond ", ends[i], kRemedy));
    }
  }
  return absl::OkStatus();
}

}  // namespace tocsin::gateway
