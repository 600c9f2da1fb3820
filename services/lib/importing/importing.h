// Foreign files into events, with the precision that they have and no more.
//
// Pure: text in, events out. What lies outside (areas, time zones) is passed in as functions. A bad
// row is a problem with line, column and reason, and never stops the import. Equal input gives
// equal events with equal ids, so that an import can be repeated without a second effect.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/time/time.h>

#include "lib/domain/event.h"

namespace tocsin {

// Dates are moved by at most this many days, about a century.
inline constexpr int64_t kMostShiftDays = 36'525;

// What the events of one import have in common.
struct ImportOptions {
  Status status = Status::kActual;
  std::string exercise_id;  // with Status::kExercise only
  int64_t shift_days = 0;   // added to every date; at most kMostShiftDays either way
  MissionId filer;          // files what lies in no area; empty: such rows are counted and left out
  // Rows are read in the order of their text instead of the file's, so that nothing depends on how
  // the file was sorted: of different rows with one id, which keeps it.
  bool any_order = false;
};

// What the parsers ask of the outside. All three must be set; each must be a pure function.
struct ImportWorld {
  // The mission that files what lies there; empty if it is in nobody's area.
  std::function<MissionId(const Point& point, Time time)> mission_at;
  // IANA zone of a mission's desk; empty if the mission is not known.
  std::function<std::string(const MissionId& mission)> zone_of;
  // Absent for a name that is no zone.
  std::function<std::optional<absl::TimeZone>(const std::string& name)> time_zone;
};

struct ImportProblem {
  int64_t line = 0;    // 1 is the first
  std::string column;  // name as in the header, or path in a YAML entry; empty: the row as a whole
  std::string reason;
  friend auto operator<=>(const ImportProblem&, const ImportProblem&) = default;
};

struct Imported {
  std::vector<Event> events;   // in the order of the file
  std::vector<int64_t> lines;  // of each event
  std::vector<ImportProblem> problems;
  int64_t rows = 0;     // read, header not counted: each is an event, refused, or outside
  int64_t refused = 0;  // rows with problems
  int64_t outside = 0;  // rows in nobody's area while there is no filer
};

// How UCDP GED rows become events. The defaults are those of data/exercise/play.yaml, which may say
// otherwise. In an id template, {column} stands for the row's text in that column.
struct UcdpSpec {
  std::string id = "ucdp-{id}";
  Nature nature = Nature::kObserved;
  std::string place_name = "where_coordinates";  // column
  std::string killed = "best";                   // column
  // By type_of_violence 1 (state), 2 (between groups), 3 (one-sided).
  std::array<std::string, 3> types = {"security.clash", "security.clash", "security.attack"};
  // Roles of side_a and side_b, likewise.
  std::array<std::array<std::string, 2>, 3> roles = {
      {{"party", "party"}, {"party", "party"}, {"perpetrator", "target"}}};
  // Kilometres within which it lies, by where_prec 1..7: the place itself, near it, its district,
  // its province, a line or an area without a name, the country, outside it.
  std::array<double, 7> uncertainty_km = {5, 25, 60, 200, 150, 700, 1000};
  // By date_prec 1..5: day; two to six days; a week; up to a month; longer.
  std::array<TimePrecision, 5> precision = {TimePrecision::kDay, TimePrecision::kWeek,
                                            TimePrecision::kWeek, TimePrecision::kMonth,
                                            TimePrecision::kVague};
  // By event_clarity 1 (one event) and 2 (several that could not be told apart).
  std::array<Grading, 2> grading = {{{"B", "2"}, {"B", "3"}}};
  // One protected id: rows of one data set never corroborate one another.
  Source source = {"dataset", "open_source", "ucdp", "published", "", std::nullopt};
};

// A row's time is [date_start 00:00, date_end 24:00) in the filing desk's zone, whatever its
// precision. No narratives are read.
Imported ImportUcdp(std::string_view csv, const UcdpSpec& spec, const ImportOptions& options,
                    const ImportWorld& world);

// How NASA FIRMS active fires (MODIS or VIIRS) become events.
struct FirmsSpec {
  // Of the acquisition itself, whatever shift_days says.
  std::string id = "firms-modis-{satellite}-{acq_date}T{acq_time}Z-{latitude}-{longitude}";
  std::string type = "sensor.thermal";
  Nature nature = Nature::kObserved;
  // From the least confidence in per cent, gravest first. VIIRS's high, nominal and low count as
  // 80, 30 and 0, the bounds that FIRMS gives for MODIS.
  std::vector<std::pair<int64_t, Grading>> grading = {
      {80, {"B", "2"}}, {30, {"B", "3"}}, {0, {"B", "4"}}};
  Source source = {"sensor", "remote_sensing", "firms-modis", "measured", "", std::nullopt};
  // Attribute to the column that it is copied from, or to itself as text where there is no such
  // column; "shift_days" is the number of days.
  Attributes attributes = {
      {"feed", "firms-modis"},        {"feed_kind", "thermal"},         {"frp_mw", "frp"},
      {"brightness_k", "brightness"}, {"confidence_pct", "confidence"}, {"satellite", "satellite"},
      {"daynight", "daynight"},       {"shift_days", "shift_days"}};
};

// A row's time is the minute of the overpass; it lies within the larger side of its pixel.
Imported ImportFirms(std::string_view csv, const FirmsSpec& spec, const ImportOptions& options,
                     const ImportWorld& world);

// Dated places of incidents of the Lord's Resistance Army (date, latitude, longitude, ...). The
// file says no more than that the group was there on that day: security.sighting, within 10 km.
Imported ImportLra(std::string_view csv, const ImportOptions& options, const ImportWorld& world);

}  // namespace tocsin
