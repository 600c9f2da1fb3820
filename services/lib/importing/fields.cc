#include "lib/importing/fields.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_join.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

const std::string& Nothing() {
  static const auto* const kNothing = new std::string;
  return *kNothing;
}

Time ToTime(absl::Time t) { return FromMicros(absl::ToUnixMicros(t)); }

std::string Lower(const std::string& text) { return absl::AsciiStrToLower(text); }

}  // namespace

const std::string& Record::Text(std::string_view column) const {
  const auto it = columns_.find(column);
  return it == columns_.end() || it->second >= row_.fields.size() ? Nothing()
                                                                  : row_.fields[it->second];
}

std::string Record::Name(std::string_view column, size_t longest) {
  const std::string& text = Text(column);
  if (text.empty()) {
    Problem(column, "is empty");
  } else if (text.size() > longest) {
    Problem(column, StrCat("is longer than ", longest, " bytes"));
    return "";
  }
  return text;
}

double Record::Number(std::string_view column, double least, double greatest) {
  double value = 0;
  if (!absl::SimpleAtod(Text(column), &value) || !std::isfinite(value)) {
    Problem(column, StrCat(Quoted(Text(column)), " is not a number"));
    return least;
  }
  if (value < least || value > greatest) {
    Problem(column, StrCat(Quoted(Text(column)), " is not between ", least, " and ", greatest));
    return least;
  }
  return value;
}

int64_t Record::Integer(std::string_view column, int64_t least, int64_t greatest) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(Text(column), &value)) {
    Problem(column, StrCat(Quoted(Text(column)), " is not a whole number"));
    return least;
  }
  if (value < least || value > greatest) {
    Problem(column, StrCat(value, " is not between ", least, " and ", greatest));
    return least;
  }
  return value;
}

absl::CivilDay Record::Day(std::string_view column) {
  const std::string& text = Text(column);
  const std::string rest = text.substr(std::min<size_t>(text.size(), 10));
  absl::CivilDay day;
  std::string reason = ParseDay(text.substr(0, 10), day);
  if (reason.empty() && !rest.empty() && rest != " 00:00:00" && rest != " 00:00:00.000" &&
      rest != "T00:00:00" && rest != "T00:00:00.000") {
    reason = "is not a date of the form YYYY-MM-DD";
  }
  if (!reason.empty()) {
    Problem(column, StrCat(Quoted(text), " ", reason));
  }
  return day;
}

Point Record::PointOf(std::string_view latitude, std::string_view longitude) {
  const double north = Number(latitude, -90, 90);
  return {north, Number(longitude, -180, 180)};
}

std::string Record::Filled(std::string_view pattern) {
  std::string filled;
  while (!pattern.empty()) {
    const size_t open = pattern.find('{');
    const size_t close = pattern.find('}', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      filled += pattern;
      break;
    }
    const std::string_view column = pattern.substr(open + 1, close - open - 1);
    filled += pattern.substr(0, open);
    if (!Has(column)) {
      Problem(column, "is named in the id but not in the header");
    } else if (Text(column).empty()) {
      Problem(column, "is empty, but the id is made of it");
    }
    filled += Text(column);
    pattern.remove_prefix(close + 1);
  }
  return filled;
}

void Record::Problem(std::string_view column, std::string reason) {
  ok_ = false;
  problems_.push_back({row_.line, std::string(column), std::move(reason)});
}

std::string Record::Whole() const { return absl::StrJoin(row_.fields, "\n"); }

Imported ReadTable(std::string_view csv, const std::vector<std::string>& required, bool any_order,
                   absl::FunctionRef<std::optional<Event>(Record&)> read) {
  Imported imported;
  Columns columns;
  bool headed = false;
  bool usable = false;
  size_t width = 0;
  const auto on_row = [&](const CsvRow& row) {
    if (!headed) {
      headed = true;
      width = row.fields.size();
      for (size_t i = 0; i < width; ++i) {
        columns.emplace(Lower(row.fields[i]), i);
      }
      std::vector<std::string> missing;
      std::copy_if(required.begin(), required.end(), std::back_inserter(missing),
                   [&](const std::string& name) { return columns.count(name) == 0; });
      usable = missing.empty();
      if (!usable) {
        imported.problems.push_back({row.line, absl::StrJoin(missing, ", "),
                                     "not in the header, so that no row can be read"});
      }
      return;
    }
    ++imported.rows;
    if (!usable) {
      ++imported.refused;
      return;
    }
    if (row.fields.size() != width) {
      ++imported.refused;
      imported.problems.push_back(
          {row.line, "", StrCat("has ", row.fields.size(), " columns, the header ", width)});
      return;
    }
    Record record(columns, row, imported.problems);
    std::optional<Event> event = read(record);
    if (!record.ok()) {
      ++imported.refused;
    } else if (event.has_value()) {
      imported.events.push_back(*std::move(event));
      imported.lines.push_back(row.line);
    } else {
      ++imported.outside;
    }
  };
  const auto on_bad = [&](int64_t line, std::string reason) {
    if (headed) {
      ++imported.rows;
      ++imported.refused;
    }
    imported.problems.push_back({line, "", std::move(reason)});
  };
  if (any_order) {
    std::vector<CsvRow> rows;
    const auto keep = [&](CsvRow row) {
      if (headed) {
        rows.push_back(std::move(row));
      } else {
        on_row(row);
      }
    };
    ReadCsv(csv, keep, on_bad);
    std::sort(rows.begin(), rows.end(),
              [](const CsvRow& a, const CsvRow& b) { return a.fields < b.fields; });
    std::for_each(rows.begin(), rows.end(), on_row);
    std::sort(imported.problems.begin(), imported.problems.end());
  } else {
    ReadCsv(csv, on_row, on_bad);
  }
  if (!headed) {
    imported.problems.push_back({1, "", "the file has no header"});
  }
  return imported;
}

Interval DaysAsInterval(absl::CivilDay from, absl::CivilDay to, const absl::TimeZone& zone) {
  return {ToTime(absl::FromCivil(from, zone)), ToTime(absl::FromCivil(to + 1, zone)) - Duration(1)};
}

std::string ParseDay(std::string_view text, absl::CivilDay& day) {
  int year = 0;
  int month = 0;
  int number = 0;
  const auto digits = [&](size_t from, size_t size, int& value) {
    const std::string_view part = text.substr(from, size);
    return part.find_first_not_of("0123456789") == std::string_view::npos &&
           absl::SimpleAtoi(Av(part), &value);
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !digits(0, 4, year) ||
      !digits(5, 2, month) || !digits(8, 2, number)) {
    return "is not a date of the form YYYY-MM-DD";
  }
  const absl::CivilDay parsed(year, month, number);
  // Civil days carry over: 30 February would silently become 1 or 2 March.
  if (parsed.month() != month || parsed.day() != number) {
    return "is not a day of the calendar";
  }
  if (year < 1900 || year > 2100) {
    return "is not between 1900 and 2100";
  }
  day = parsed;
  return "";
}

std::string Quoted(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 40)) {
    shown += absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? '?' : c;
  }
  while (!IsValidUtf8(shown)) {  // not in the middle of a sequence
    shown.pop_back();
  }
  return StrCat("\"", shown, text.size() > 40 ? "...\"" : "\"");
}

EventId IdMaker::Make(const std::string& id, const std::string& content) {
  std::vector<std::string>& contents = seen_[id];
  const auto it = std::find(contents.begin(), contents.end(), content);
  const auto number = it - contents.begin() + 1;
  if (it == contents.end()) {
    contents.push_back(content);
  }
  return EventId(number == 1 ? id : StrCat(id, ".", number));
}

std::optional<Filer> FilerOf(Record& row, const Point& point, absl::CivilDay day,
                             const ImportOptions& options, const ImportWorld& world) {
  Filer filer;
  filer.mission = world.mission_at(point, ToTime(absl::FromCivil(day, absl::UTCTimeZone())));
  if (filer.mission.empty()) {
    filer.mission = options.filer;
  }
  if (filer.mission.empty()) {
    return std::nullopt;
  }
  filer.zone_name = world.zone_of(filer.mission);
  const std::optional<absl::TimeZone> zone =
      filer.zone_name.empty() ? std::nullopt : world.time_zone(filer.zone_name);
  if (!zone.has_value()) {
    row.Problem("", StrCat("mission ", filer.mission.str(), " has no desk with a time zone"));
    return std::nullopt;
  }
  filer.zone = *zone;
  return filer;
}

Event NewEvent(const Filer& filer, const Point& point, const ImportOptions& options) {
  Event event;
  event.identity.mission = filer.mission;
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = options.status;
  event.exercise_id = options.exercise_id;
  event.zone = filer.zone_name;
  event.place.point = point;
  return event;
}

}  // namespace tocsin
