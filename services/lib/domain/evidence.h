// What warnings rest on, and how grave they are: proto tocsin.v1 evidence.proto as plain types.
#pragma once

#include "lib/domain/types.h"

namespace tocsin {

enum class Severity { kUnspecified, kUnknown, kMinor, kModerate, kSevere, kExtreme };

struct Evidence {
  Identity identity;
  int32_t revision = 0;
  std::string type;
  Nature nature = Nature::kUnspecified;
  Interval observed;
  std::optional<Point> point;
  double uncertainty_m = 0;
  std::vector<AreaId> areas;
  std::vector<CorridorId> corridors;
  std::vector<ActorId> actors;
  Grading grading;
  std::string source_kind;
  Label label;
  std::string selection;
  int64_t distance_m = -1;  // -1: not measured
  People people;
  Attributes attributes;  // those that the rule reads, no others
  friend auto operator<=>(const Evidence&, const Evidence&) = default;
};

}  // namespace tocsin
