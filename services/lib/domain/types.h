// Value types that events, warnings and actions share: plain structs with the value sets of
// CAP 1.2, TLP 2.0, ST/SGB/2007/6 and the Admiralty code. Enumerators have the numbers of
// proto/tocsin/v1.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/time.h"

namespace tocsin {

enum class Status { kUnspecified, kActual, kExercise, kSystem, kTest, kDraft };

// Both ordered: a larger value is stricter. kUnspecified is an absent label: never releasable.
enum class Classification { kUnspecified, kUnclassified, kConfidential, kStrictlyConfidential };
enum class Tlp { kUnspecified, kClear, kGreen, kAmber, kAmberStrict, kRed };

struct Label {
  MissionId originator;
  Classification classification = Classification::kUnspecified;
  Tlp tlp = Tlp::kUnspecified;
  std::vector<MissionId> releasable_to;  // sorted; "*" is every mission; besides the originator
  std::vector<std::string> caveats;      // sorted
  friend auto operator<=>(const Label&, const Label&) = default;
};

// Admiralty code. "F", "6" and empty mean unknown.
struct Grading {
  std::string reliability;
  std::string credibility;
  friend auto operator<=>(const Grading&, const Grading&) = default;
};

struct Point {
  double latitude = 0;   // degrees, WGS 84, -90..90
  double longitude = 0;  // degrees, -180..180
  friend auto operator<=>(const Point&, const Point&) = default;
};

struct Identity {
  MissionId mission;
  EventId id;
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

struct People {
  std::optional<int64_t> killed, injured, displaced, affected;
  friend auto operator<=>(const People&, const People&) = default;
};

enum class Nature { kUnspecified, kObserved, kExpected, kDeclared, kPlanned };

using Attributes = std::map<std::string, std::string>;

// A partition of a topic.
struct SourceId {
  std::string topic;
  int32_t partition = 0;
  friend auto operator<=>(const SourceId&, const SourceId&) = default;
};

// The same partition, read a second time beside the first (docs/decisions/0015). No topic of Kafka
// can have a '/' in its name.
inline constexpr std::string_view kAgainPrefix = "again/";
inline SourceId AgainSource(const SourceId& source) {
  return {std::string(kAgainPrefix) + source.topic, source.partition};
}
inline std::optional<SourceId> OriginalOf(const SourceId& again) {
  if (!again.topic.starts_with(kAgainPrefix)) return std::nullopt;
  return SourceId{again.topic.substr(kAgainPrefix.size()), again.partition};
}

// One cause of a refusal: path of the field, one plain sentence, and a stable code.
struct FieldError {
  std::string field;
  std::string reason;
  std::string code;
  friend auto operator<=>(const FieldError&, const FieldError&) = default;
};

}  // namespace tocsin
