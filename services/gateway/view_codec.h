// What the view's stored values look like, beside entries.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "lib/base/canonical.h"
#include "lib/base/ids.h"
#include "lib/base/state.h"
#include "lib/lifecycle/storm.h"

namespace tocsin::gateway {

inline std::string EncodeNumber(int64_t value) {
  CanonicalWriter out;
  out.Int64(value);
  return out.Take();
}
inline int64_t DecodeNumber(const std::optional<std::string>& bytes, int64_t absent) {
  if (!bytes) return absent;
  CanonicalReader in(*bytes);
  const int64_t value = in.Int64();
  return in.ok() ? value : absent;
}

// What a snapshot looks at before it reads the record itself.
struct StandingMark {
  int64_t severity = 0;
  int64_t status = 0;
  std::string exercise_id;
};
inline std::string Encode(const StandingMark& mark) {
  return CanonicalWriter().Int64(mark.severity).Int64(mark.status).Bytes(mark.exercise_id).Take();
}
inline StandingMark DecodeStandingMark(std::string_view bytes) {
  CanonicalReader in(bytes);
  StandingMark mark;
  mark.severity = in.Int64();
  mark.status = in.Int64();
  mark.exercise_id = in.Bytes();
  return mark;
}

inline std::set<WarningId> DecodeIds(std::string_view bytes) {
  CanonicalReader in(bytes);
  std::set<WarningId> ids;
  for (int64_t left = in.Int64(); left > 0 && in.ok(); --left) ids.emplace(in.Bytes());
  return ids;
}
inline void PutIds(const std::string& key, const std::set<WarningId>& ids, State& state) {
  if (ids.empty()) return state.Delete(key);
  CanonicalWriter out;
  out.Int64(static_cast<int64_t>(ids.size()));
  for (const WarningId& id : ids) out.Bytes(id.str());
  state.Put(key, out.Take());
}

// What stands under the key of an alarm.
inline std::string Encode(const Alarm& alarm) {
  CanonicalWriter out;
  out.TimeOf(alarm.at).Int64(static_cast<int64_t>(alarm.status)).Bytes(alarm.group.str());
  return out.Take();
}
inline std::optional<Alarm> DecodeAlarm(std::string_view key, std::string_view value) {
  CanonicalReader name(key.substr(1));
  CanonicalReader in(value);
  Alarm alarm;
  alarm.warning = WarningId(name.Bytes());
  alarm.revision = static_cast<int32_t>(name.Int64());
  alarm.at = in.TimeOf();
  alarm.status = static_cast<Status>(in.Int64());
  alarm.group = RuleId(in.Bytes());
  return name.ok() && in.ok() && in.done() ? std::optional(alarm) : std::nullopt;
}

}  // namespace tocsin::gateway
