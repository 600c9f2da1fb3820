// What the readers of CSV tables share: named columns, typed fields that report what is wrong with
// them, days in a zone, and ids. Internal to the library.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/time/civil_time.h>

#include "lib/importing/csv.h"
#include "lib/importing/importing.h"

namespace tocsin {

using Columns = std::map<std::string, size_t, std::less<>>;

// One row under its header. Every reader reports its own problem and returns a harmless value; look
// at ok() once at the end.
class Record {
 public:
  Record(const Columns& columns, const CsvRow& row, std::vector<ImportProblem>& problems)
      : columns_(columns), row_(row), problems_(problems) {}

  bool Has(std::string_view column) const { return columns_.find(column) != columns_.end(); }
  // Empty if the table has no such column.
  const std::string& Text(std::string_view column) const;
  // Must not be empty, nor longer than `longest` bytes.
  std::string Name(std::string_view column, size_t longest = 256);
  double Number(std::string_view column, double least, double greatest);
  int64_t Integer(std::string_view column, int64_t least, int64_t greatest);
  // YYYY-MM-DD, or that followed by a time of 00:00:00; 1900 to 2100.
  absl::CivilDay Day(std::string_view column);
  Point PointOf(std::string_view latitude, std::string_view longitude);
  // The template with each {column} replaced by its text.
  std::string Filled(std::string_view pattern);
  void Problem(std::string_view column, std::string reason);

  bool ok() const { return ok_; }
  // All fields, as one text: equal rows are equal here.
  std::string Whole() const;

 private:
  const Columns& columns_;
  const CsvRow& row_;
  std::vector<ImportProblem>& problems_;
  bool ok_ = true;
};

// Reads a table with a header that must name all of `required`. `read` makes an event of a row, or
// reports problems in it; what it returns for such a row is dropped. Absent: the row is outside.
// `any_order` as in ImportOptions.
Imported ReadTable(std::string_view csv, const std::vector<std::string>& required, bool any_order,
                   absl::FunctionRef<std::optional<Event>(Record&)> read);

// First and last microsecond of these local days.
Interval DaysAsInterval(absl::CivilDay from, absl::CivilDay to, const absl::TimeZone& zone);

// A civil day from YYYY-MM-DD, exactly of that shape and 1900 to 2100; else the reason why not.
std::string ParseDay(std::string_view text, absl::CivilDay& day);

// A field as it may stand in a message: short, valid UTF-8, without control characters, quoted.
std::string Quoted(std::string_view text);

// Gives each row an id of its own: the same id with other content gets ".2", ".3", ...; with the
// same content, the same id.
class IdMaker {
 public:
  EventId Make(const std::string& id, const std::string& content);

 private:
  std::map<std::string, std::vector<std::string>> seen_;
};

// Who files what lies at the point on that day, and in which zone: absent if nobody does, or if the
// zone is not known (then with a problem).
struct Filer {
  MissionId mission;
  std::string zone_name;
  absl::TimeZone zone;
};
std::optional<Filer> FilerOf(Record& row, const Point& point, absl::CivilDay day,
                             const ImportOptions& options, const ImportWorld& world);

// An event with what all rows of an import have in common.
Event NewEvent(const Filer& filer, const Point& point, const ImportOptions& options);

}  // namespace tocsin
