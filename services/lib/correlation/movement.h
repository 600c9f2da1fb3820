// What a track tells: docs/rules.md, movement.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "lib/correlation/course.h"
#include "lib/correlation/episodes.h"

namespace tocsin {

// The shortest and the longest way to an area, over the courses that meet it in time.
struct Ways {
  int64_t shortest_m = 0, longest_m = 0;
};

using Track = std::span<const Member>;

struct JudgedTrack {
  Track sightings;               // those that count; a part of what was judged
  std::optional<Course> course;  // absent: too few of them, or all of one time
  std::map<AreaId, Ways> ahead;  // empty unless it moves
};

// A track is not empty, and its members have points.
JudgedTrack Judge(const Pack& pack, const Rule& rule, Track track);

// The members of which the track that begins with `from` consists, up to this position.
size_t EndOfTrack(const Rule& rule, Track members, size_t from);

}  // namespace tocsin
