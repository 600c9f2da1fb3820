#include <algorithm>
#include <cmath>

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>

#include "lib/base/text.h"
#include "lib/importing/fields.h"
#include "lib/importing/importing.h"

namespace tocsin {
namespace {

// "35" and "0035" are both 00:35 UTC.
absl::CivilMinute MinuteOf(Record& row, absl::CivilDay day) {
  const std::string& text = row.Text("acq_time");
  int value = 0;
  const bool digits = !text.empty() && text.size() <= 4 &&
                      text.find_first_not_of("0123456789") == std::string::npos &&
                      absl::SimpleAtoi(text, &value);
  if (!digits || value / 100 > 23 || value % 100 > 59) {
    row.Problem("acq_time", StrCat(Quoted(text), " is not a time of the form HHMM"));
    return {};
  }
  return absl::CivilMinute(day.year(), day.month(), day.day(), value / 100, value % 100);
}

// MODIS gives per cent, VIIRS a word or its first letter.
int64_t ConfidenceOf(Record& row) {
  const std::string text = absl::AsciiStrToLower(row.Text("confidence"));
  if (text == "h" || text == "high") {
    return 80;
  }
  if (text == "n" || text == "nominal") {
    return 30;
  }
  if (text == "l" || text == "low") {
    return 0;
  }
  return row.Integer("confidence", 0, 100);
}

Attributes AttributesOf(Record& row, const FirmsSpec& spec, const ImportOptions& options) {
  Attributes attributes;
  for (const auto& [name, from] : spec.attributes) {
    std::string value = from;
    if (from == "shift_days") {
      value = options.shift_days == 0 ? "" : StrCat(options.shift_days);
    } else if (row.Has(from)) {
      value = row.Text(from);
    }
    if (value.size() > 256) {
      row.Problem(from, "is longer than 256 bytes");
    } else if (!value.empty()) {
      attributes[name] = value;
    }
  }
  return attributes;
}

}  // namespace

Imported ImportFirms(std::string_view csv, const FirmsSpec& spec, const ImportOptions& options,
                     const ImportWorld& world) {
  IdMaker ids;
  const auto read = [&](Record& row) -> std::optional<Event> {
    const Point point = row.PointOf("latitude", "longitude");
    const double scan_km = row.Number("scan", 0, 100);
    const double track_km = row.Number("track", 0, 100);
    const absl::CivilMinute minute = MinuteOf(row, row.Day("acq_date"));
    const int64_t confidence = ConfidenceOf(row);
    Attributes attributes = AttributesOf(row, spec, options);
    const std::string id = row.Filled(spec.id);
    if (!row.ok()) {
      return std::nullopt;
    }
    const absl::CivilMinute shifted = minute + options.shift_days * 24 * 60;
    const std::optional<Filer> filer = FilerOf(row, point, absl::CivilDay(shifted), options, world);
    if (!filer.has_value()) {
      return std::nullopt;
    }
    Event event = NewEvent(*filer, point, options);
    event.identity.id = ids.Make(id, row.Whole());
    event.type = spec.type;
    event.nature = spec.nature;
    const Time start =
        FromMicros(absl::ToUnixMicros(absl::FromCivil(shifted, absl::UTCTimeZone())));
    event.observed = {start, start + std::chrono::minutes(1) - Duration(1)};
    event.precision = TimePrecision::kInstant;
    event.place.uncertainty_m = std::round(std::max(scan_km, track_km) * 1000);
    event.source = spec.source;
    for (const auto& [least, grading] : spec.grading) {
      if (confidence >= least) {
        event.grading = grading;
        break;
      }
    }
    event.attributes = std::move(attributes);
    return event;
  };
  return ReadTable(csv,
                   {"latitude", "longitude", "scan", "track", "acq_date", "acq_time", "confidence"},
                   options.any_order, read);
}

}  // namespace tocsin
