// Warnings as a file: one line for each warning and addressee, as it was when it first went to it.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/domain/outline.h"
#include "lib/domain/warning.h"
#include "lib/routing/router.h"

namespace tocsin {

// A circle on the ground that holds the evidence.
struct Circle {
  Point centre;           // to the thousandth of a degree
  int64_t radius_km = 0;  // rounded up
  friend auto operator<=>(const Circle&, const Circle&) = default;
};

// The least circle around the middle of the evidence that holds every item with its uncertainty,
// and `margin_m` more. Absent if no item has a point.
std::optional<Circle> CircleAround(const std::vector<Evidence>& evidence, int64_t margin_m);

// The convex hull of the same, for maps.
std::vector<MapRing> OutlineAround(const std::vector<Evidence>& evidence, int64_t margin_m);

struct WarningLine {
  Time issued = kUnknownTime;  // when the addressee was first told
  RuleId rule;
  WarningId id;
  MissionId mission;  // the addressee
  int32_t revision = 0;
  WarningContent content;  // of that revision
  // What the file must not say, for comparing: when it expired or was taken back in the end.
  Time until = kUnknownTime;
  std::optional<Circle> area;
  std::vector<MapRing> outline;  // empty without `area`
  friend auto operator<=>(const WarningLine&, const WarningLine&) = default;

  // It counts from its onset if that is still to come (a flow that is expected).
  Time valid_from() const { return std::max(issued, content.onset); }
};

// NDJSON without the line's end. `expires` is null for what does not expire by itself, `area` for
// what has no place.
std::string ToNdjson(const WarningLine& line);

// "2008-12-14T20:59:59.999999Z".
std::string Rfc3339(Time t);

class WarningLines {
 public:
  // `places`: the corridors' widths. A warning of a corridor is about both of its sides: its circle
  // is wider by that.
  explicit WarningLines(const PlaceIndex& places) : places_(places) {}

  // The next revision of a warning.
  void Add(Time issued, const Warning& warning);

  // By time of issue, rule, id and addressee. The last call.
  std::vector<WarningLine> Take();
  // Warnings and addressees without a line (also after Take): whenever it was issued, it had
  // expired.
  int64_t expired_when_issued() const { return static_cast<int64_t>(expired_.size()); }

 private:
  const PlaceIndex& places_;
  using Told = std::pair<WarningId, MissionId>;
  std::map<Told, size_t> line_of_;
  std::set<Told> expired_;
  std::vector<WarningLine> lines_;
};

}  // namespace tocsin
