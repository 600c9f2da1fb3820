// What the view keeps of a warning, or of one revision of it: where its record lies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/canonical.h"
#include "lib/base/time.h"

namespace tocsin::gateway {

struct Entry {
  int32_t partition = 0;
  int64_t offset = 0;
  int32_t revision = 0;
  int64_t number = 0;
  Time first_issued = kUnknownTime;  // of the first record that the view read of the warning
  Time logged = kUnknownTime;        // when the broker had this revision
};

inline std::string Encode(const Entry& entry) {
  CanonicalWriter out;
  out.Int64(entry.partition)
      .Int64(entry.offset)
      .Int64(entry.revision)
      .Int64(entry.number)
      .TimeOf(entry.first_issued)
      .TimeOf(entry.logged);
  return out.Take();
}

// nullopt: the bytes are of no entry.
inline std::optional<Entry> DecodeEntry(std::string_view bytes) {
  CanonicalReader in(bytes);
  Entry entry;
  entry.partition = static_cast<int32_t>(in.Int64());
  entry.offset = in.Int64();
  entry.revision = static_cast<int32_t>(in.Int64());
  entry.number = in.Int64();
  entry.first_issued = in.TimeOf();
  entry.logged = in.TimeOf();
  return in.ok() && in.done() ? std::optional(entry) : std::nullopt;
}

}  // namespace tocsin::gateway
