// Keys of a gateway's view. One letter says the kind; what follows sorts as its values do.
//
//   o <topic> <partition>      next offset to be read
//   f <partition>              cursors below this offset are too old
//   l <partition> <offset>     a warning record, as it was read
//   s <partition> <offset>     that record stands: the last of a warning that has not ended
//   r <id> <revision>          where that revision lies
//   w <id>                     what is kept of a warning (Entry)
//   n <number>                 id of the warning of that number
//   t <-first issued> <id>     warnings, newest first
//   e <keyed> <partition>      last "evaluated up to" of a correlator task in a partition
//   a <id>                     lifecycle at this JOC
//   c <id>                     offset of the last action that changed it
//   g <offset>                 id of the warning whose life that action changed, the last one only
//   h <id> <offset>            an action on it and what came of it
//   x <id>                     wider warnings that stand here and rest on it
//   y <id>                     warnings that it rests on, while it stands here
//   b <id> <revision>          an alarm: when, and with what it would ring
//   j                          what holds at this JOC as a whole
//   d <topic> <part.> <offset> a dead letter that is not yet known to be written
//   m <name>                   facts about the view itself
#pragma once

#include <string>
#include <string_view>

#include "lib/base/canonical.h"
#include "lib/base/ids.h"
#include "lib/base/time.h"

namespace tocsin::gateway {

inline std::string Numbered(char kind, int64_t a, int64_t b) {
  CanonicalWriter out;
  out.Int64(a).Int64(b);
  return std::string(1, kind) + out.Take();
}
inline std::string Named(char kind, std::string_view name) {
  CanonicalWriter out;
  out.Bytes(name);
  return std::string(1, kind) + out.Take();
}

inline std::string OffsetKey(std::string_view topic, int32_t partition) {
  CanonicalWriter out;
  out.Bytes(topic).Int64(partition);
  return "o" + out.Take();
}
inline std::string FloorKey(int32_t partition) { return Numbered('f', partition, 0); }
inline std::string LogKey(int32_t partition, int64_t offset) {
  return Numbered('l', partition, offset);
}
inline std::string StandingKey(int32_t partition, int64_t offset) {
  return Numbered('s', partition, offset);
}
inline std::string RevisionKey(const WarningId& id, int32_t revision) {
  CanonicalWriter out;
  out.Bytes(id.str()).Int64(revision);
  return "r" + out.Take();
}
inline std::string RevisionsOf(const WarningId& id) { return Named('r', id.str()); }
inline std::string WarningKey(const WarningId& id) { return Named('w', id.str()); }
inline std::string NumberKey(int64_t number) { return Numbered('n', number, 0); }
inline std::string NewestKey(Time first_issued, const WarningId& id) {
  CanonicalWriter out;
  out.Int64(-ToMicros(first_issued)).Bytes(id.str());
  return "t" + out.Take();
}
inline std::string EvaluatedKey(int32_t keyed, int32_t partition) {
  return Numbered('e', keyed, partition);
}
inline std::string LifecycleKey(const WarningId& id) { return Named('a', id.str()); }
inline std::string LastChangeKey(const WarningId& id) { return Named('c', id.str()); }
inline std::string ChangeKey(int64_t offset) { return Numbered('g', offset, 0); }
inline std::string ActionKey(const WarningId& id, int64_t offset) {
  CanonicalWriter out;
  out.Bytes(id.str()).Int64(offset);
  return "h" + out.Take();
}
inline std::string ActionsOf(const WarningId& id) { return Named('h', id.str()); }
inline std::string WiderKey(const WarningId& id) { return Named('x', id.str()); }
inline std::string NarrowerKey(const WarningId& id) { return Named('y', id.str()); }
inline std::string AlarmKey(const WarningId& id, int32_t revision) {
  CanonicalWriter out;
  out.Bytes(id.str()).Int64(revision);
  return "b" + out.Take();
}
inline std::string CentreKey() { return "j"; }
inline std::string DeadLetterKey(std::string_view topic, int32_t partition, int64_t offset) {
  CanonicalWriter out;
  out.Bytes(topic).Int64(partition).Int64(offset);
  return "d" + out.Take();
}
inline std::string FactKey(std::string_view name) { return Named('m', name); }

// The offset in the key of a change.
inline int64_t ChangeOffset(std::string_view key) {
  CanonicalReader in(key.substr(1));
  return in.Int64();
}
// The offset in a log or standing key.
inline int64_t OffsetOf(std::string_view key) {
  CanonicalReader in(key.substr(1));
  in.Int64();
  return in.Int64();
}
inline int32_t PartitionIn(std::string_view key) {
  return static_cast<int32_t>(CanonicalReader(key.substr(1)).Int64());
}
// The warning in a key of the newest-first index.
inline WarningId NewestId(std::string_view key) {
  CanonicalReader in(key.substr(1));
  in.Int64();
  return WarningId(in.Bytes());
}

}  // namespace tocsin::gateway
