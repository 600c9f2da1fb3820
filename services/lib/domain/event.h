// A situation report or sensor detection as a mission files it: proto tocsin.v1.Event, field by
// field. See there for the meaning of each. Full events stay on their mission's own topics.
#pragma once

#include "lib/domain/types.h"

namespace tocsin {

enum class RevisionKind { kUnspecified, kFile, kCorrect, kWithdraw, kRegrade };
enum class TimePrecision { kUnspecified, kInstant, kHour, kDay, kWeek, kMonth, kVague };

struct PlaceCandidate {
  std::string name;
  Point point;
  std::string pcode;
  friend auto operator<=>(const PlaceCandidate&, const PlaceCandidate&) = default;
};

struct Place {
  std::string name;
  std::optional<Point> point;
  double uncertainty_m = 0;
  std::vector<PlaceCandidate> candidates;
  std::string pcode;
  std::string pcode_list_date;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Actor {
  std::string name;
  std::string register_id;
  std::string role;
  friend auto operator<=>(const Actor&, const Actor&) = default;
};

struct Source {
  std::string kind;
  std::string component;
  std::string protected_id;
  std::string how_obtained;
  std::string relayed_from;
  std::optional<Identity> same_incident_as;
  friend auto operator<=>(const Source&, const Source&) = default;
};

struct Text {
  std::string language;
  std::string text;
  friend auto operator<=>(const Text&, const Text&) = default;
};

struct Event {
  Identity identity;
  int32_t revision = 0;
  RevisionKind revision_kind = RevisionKind::kUnspecified;
  std::string revision_reason;
  Status status = Status::kUnspecified;
  std::string exercise_id;
  std::string type;
  Nature nature = Nature::kUnspecified;
  std::optional<Interval> valid;
  Interval observed;
  TimePrecision precision = TimePrecision::kUnspecified;
  std::string zone;
  Time reported = kUnknownTime;
  Time accepted = kUnknownTime;
  Place place;
  std::vector<Actor> actors;
  People people;
  Source source;
  Grading grading;
  Label label;
  std::vector<Text> texts;
  std::vector<std::string> references;
  Attributes attributes;
  std::vector<std::string> flags;
  friend auto operator<=>(const Event&, const Event&) = default;
};

}  // namespace tocsin
