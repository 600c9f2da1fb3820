#include "lib/importing/fields.h"
#include "lib/importing/importing.h"

namespace tocsin {

Imported ImportLra(std::string_view csv, const ImportOptions& options, const ImportWorld& world) {
  // The file states no precision; its places are villages and stretches of road.
  constexpr double kUncertaintyMetres = 10e3;
  IdMaker ids;
  const auto read = [&](Record& row) -> std::optional<Event> {
    const absl::CivilDay day = row.Day("date") + options.shift_days;
    const Point point = row.PointOf("latitude", "longitude");
    const std::string id = row.Filled("lra-{date}-{latitude}-{longitude}");
    if (!row.ok()) {
      return std::nullopt;
    }
    const std::optional<Filer> filer = FilerOf(row, point, day, options, world);
    if (!filer.has_value()) {
      return std::nullopt;
    }
    Event event = NewEvent(*filer, point, options);
    event.identity.id = ids.Make(id, row.Whole());
    event.type = "security.sighting";
    event.nature = Nature::kObserved;
    event.observed = DaysAsInterval(day, day, filer->zone);
    event.precision = TimePrecision::kDay;
    event.place.uncertainty_m = kUncertaintyMetres;
    event.actors = {{"LRA", "", "subject"}};
    event.source = {"dataset", "open_source", "lra-crisis-tracker", "published", "", std::nullopt};
    event.grading = {"B", "3"};
    return event;
  };
  return ReadTable(csv, {"date", "latitude", "longitude"}, options.any_order, read);
}

}  // namespace tocsin
