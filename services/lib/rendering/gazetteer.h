// Named places, and where a point lies from the nearest of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/domain/types.h"

namespace tocsin {

struct NamedPlace {
  std::string name;
  Point point;
  friend auto operator<=>(const NamedPlace&, const NamedPlace&) = default;
};

// Immutable, shared between threads freely.
class Gazetteer {
 public:
  explicit Gazetteer(std::vector<NamedPlace> places) : places_(std::move(places)) {}

  struct Near {
    std::string name;
    int64_t metres = 0;     // from the place to the point
    std::string direction;  // "north_east": the point lies there from the place; one of eight
  };
  // The nearest place; of several equally near the first by name. Absent without any.
  std::optional<Near> Nearest(const Point& point) const;

  size_t size() const { return places_.size(); }

 private:
  std::vector<NamedPlace> places_;
};

// Degrees from north by east, from -180 to 360, as one of eight words.
std::string CompassPoint(double degrees);

// Initial bearing of the great circle from one point to another as one of eight words: "north",
// "north_east", ... ; "north" if they are the same.
std::string DirectionFrom(const Point& from, const Point& to);

}  // namespace tocsin
