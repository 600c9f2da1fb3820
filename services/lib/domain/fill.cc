#include <algorithm>

#include "lib/domain/validate.h"

namespace tocsin {
namespace {

bool IsAbsent(const Label& label) {
  return label.classification == Classification::kUnspecified && label.tlp == Tlp::kUnspecified &&
         label.releasable_to.empty() && label.caveats.empty();
}

template <class T>
void SortSet(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

TimePrecision PrecisionOf(Duration width) {
  // A little more than each unit: a local day may have 25 hours.
  using std::chrono::hours;
  if (width <= Duration(0)) return TimePrecision::kInstant;
  if (width <= hours(1)) return TimePrecision::kHour;
  if (width <= hours(25)) return TimePrecision::kDay;
  if (width <= hours(8 * 24)) return TimePrecision::kWeek;
  if (width <= hours(32 * 24)) return TimePrecision::kMonth;
  return TimePrecision::kVague;
}

void FillLabel(Label& label, const FilingDesk& desk) {
  if (IsAbsent(label)) {
    const MissionId originator = label.originator;
    label = desk.default_label;
    if (!originator.empty()) label.originator = originator;
  }
  if (label.originator.empty()) label.originator = desk.mission;
  if (label.classification == Classification::kUnspecified) {
    label.classification = desk.default_label.classification;
  }
  if (label.tlp == Tlp::kUnspecified) label.tlp = desk.default_label.tlp;
  SortSet(label.releasable_to);
  SortSet(label.caveats);
}

// True if a time had to be guessed.
bool FillTime(Event& event) {
  Interval& observed = event.observed;
  if (observed.from == kUnknownTime) observed.from = observed.to;
  if (observed.to == kUnknownTime) observed.to = observed.from;
  bool guessed = false;
  if (observed == Interval{} && event.reported != kUnknownTime) {
    // It was seen at some time before it was told.
    observed = {event.reported, event.reported};
    event.precision = TimePrecision::kVague;
    guessed = true;
  }
  if (event.precision == TimePrecision::kUnspecified && observed.from <= observed.to) {
    event.precision = PrecisionOf(WidthOf(observed));
  }
  return guessed;
}

}  // namespace

Duration WidthOf(const Interval& interval) {
  Duration::rep width = 0;
  const bool overflow = __builtin_sub_overflow(interval.to.time_since_epoch().count(),
                                               interval.from.time_since_epoch().count(), &width);
  return overflow ? Duration::max() : Duration(width);
}

std::vector<std::string> Fill(Event& event, const FilingDesk& desk) {
  std::vector<std::string> flags;
  if (event.identity.mission.empty()) event.identity.mission = desk.mission;
  if (event.revision == 0) event.revision = 1;
  if (event.revision_kind == RevisionKind::kUnspecified) {
    event.revision_kind = event.revision == 1 ? RevisionKind::kFile : RevisionKind::kCorrect;
  }
  if (event.status == Status::kUnspecified) {
    event.status = desk.status;
  }
  if (event.status == Status::kExercise && desk.status == Status::kExercise &&
      event.exercise_id.empty()) {
    event.exercise_id = desk.exercise_id;
  }
  if (event.nature == Nature::kUnspecified) event.nature = Nature::kObserved;
  if (event.zone.empty()) event.zone = desk.zone;
  if (event.source.kind.empty()) event.source.kind = desk.source_kind;
  for (Text& text : event.texts) {
    if (text.language.empty()) text.language = "und";
  }
  FillLabel(event.label, desk);
  if (FillTime(event)) flags.emplace_back("doubtful_time");
  return flags;
}

}  // namespace tocsin
