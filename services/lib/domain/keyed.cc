#include "lib/domain/keyed.h"

#include <algorithm>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"

namespace tocsin {

namespace {

// A tick of foreign bytes may hold any numbers.
Time Less(Time clock, Duration margin) {
  Duration::rep result = 0;
  if (__builtin_sub_overflow(clock.time_since_epoch().count(), margin.count(), &result)) {
    return margin.count() > 0 ? Time::min() : Time::max();
  }
  return Time(Duration(result));
}

}  // namespace

Time ClockOf(const Tick& tick, const SourceTime& source) {
  return source.clock.value_or(tick.clock);
}

std::optional<Time> KnownUpTo(const Tick& tick, const SourceTime& source) {
  switch (source.status) {
    case SourceStatus::kAtEnd:
      return std::max(source.last_accepted, Less(ClockOf(tick, source), tick.margin));
    case SourceStatus::kBehind:
      return source.last_accepted;
    case SourceStatus::kUnknown:
    case SourceStatus::kUnspecified:
      break;
  }
  return std::nullopt;
}

Time EvaluatedUpTo(const Tick& tick) {
  std::optional<Time> least;
  for (const SourceTime& source : tick.sources) {
    const std::optional<Time> known = KnownUpTo(tick, source);
    if (known && (!least || *known < *least)) least = known;
  }
  return least.value_or(kUnknownTime);
}

std::string DigestOf(const std::vector<DocumentRef>& documents,
                     const std::vector<MissionId>& live) {
  std::vector<DocumentRef> sorted = documents;
  std::sort(sorted.begin(), sorted.end());
  CanonicalWriter out;
  for (const DocumentRef& ref : sorted) {
    out.Bytes(ref.kind).Bytes(ref.name).Int64(ref.version).Bytes(ref.sha256);
  }
  std::vector<MissionId> missions = live;
  std::sort(missions.begin(), missions.end());
  out.Bytes("live");
  for (const MissionId& mission : missions) out.Bytes(mission.str());
  return Sha256Hex(out.str());
}

}  // namespace tocsin
