#include "lib/base/text.h"
#include "lib/importing/fields.h"
#include "lib/importing/importing.h"

namespace tocsin {

Imported ImportUcdp(std::string_view csv, const UcdpSpec& spec, const ImportOptions& options,
                    const ImportWorld& world) {
  IdMaker ids;
  const auto read = [&](Record& row) -> std::optional<Event> {
    row.Integer("id", 0, INT64_MAX);
    const auto violence = static_cast<size_t>(row.Integer("type_of_violence", 1, 3)) - 1;
    const auto where_prec = static_cast<size_t>(row.Integer("where_prec", 1, 7)) - 1;
    const auto date_prec = static_cast<size_t>(row.Integer("date_prec", 1, 5)) - 1;
    const auto clarity = static_cast<size_t>(row.Integer("event_clarity", 1, 2)) - 1;
    const Point point = row.PointOf("latitude", "longitude");
    const absl::CivilDay first = row.Day("date_start") + options.shift_days;
    const absl::CivilDay last = row.Day("date_end") + options.shift_days;
    const int64_t killed = row.Integer(spec.killed, 0, 10'000'000);
    const std::string side_a = row.Name("side_a");
    const std::string side_b = row.Name("side_b");
    const std::string place = row.Name(spec.place_name);
    const std::string id = row.Filled(spec.id);
    if (row.ok() && last < first) {
      row.Problem("date_end", "lies before date_start");
    }
    if (!row.ok()) {
      return std::nullopt;
    }
    const std::optional<Filer> filer = FilerOf(row, point, first, options, world);
    if (!filer.has_value()) {
      return std::nullopt;
    }
    Event event = NewEvent(*filer, point, options);
    event.identity.id = ids.Make(id, row.Whole());
    event.type = spec.types[violence];
    event.nature = spec.nature;
    event.observed = DaysAsInterval(first, last, filer->zone);
    event.precision = spec.precision[date_prec];
    event.place.name = place;
    event.place.uncertainty_m = spec.uncertainty_km[where_prec] * 1000;
    event.actors = {{side_a, "", spec.roles[violence][0]}, {side_b, "", spec.roles[violence][1]}};
    event.people.killed = killed;
    event.source = spec.source;
    event.grading = spec.grading[clarity];
    event.references = {StrCat("UCDP GED ", row.Text("id"))};
    return event;
  };
  return ReadTable(
      csv,
      {"id", "type_of_violence", "side_a", "side_b", "where_prec", "event_clarity", "latitude",
       "longitude", "date_prec", "date_start", "date_end", spec.killed, spec.place_name},
      options.any_order, read);
}

}  // namespace tocsin
