#include "lib/correlation/records.h"

#include <cmath>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

// 1900-01-01 and 2300-01-01: far beyond use, near enough that no sum of times overflows.
constexpr Time kEarliest = FromMicros(int64_t{-2208988800} * 1'000'000);
constexpr Time kLatest = FromMicros(int64_t{10413792000} * 1'000'000);

absl::Status Bad(std::string_view field, std::string_view reason) {
  return absl::InvalidArgumentError(StrCat(field, ": ", reason));
}

absl::Status CheckTime(std::string_view field, Time time) {
  if (time < kEarliest || time > kLatest) return Bad(field, "is not between 1900 and 2300");
  return absl::OkStatus();
}

absl::Status CheckInterval(std::string_view field, const Interval& interval) {
  TOCSIN_RETURN_IF_ERROR(CheckTime(StrCat(field, ".from"), interval.from));
  TOCSIN_RETURN_IF_ERROR(CheckTime(StrCat(field, ".to"), interval.to));
  if (interval.from > interval.to) return Bad(field, "ends before it begins");
  return absl::OkStatus();
}

absl::Status CheckIdentity(std::string_view field, const Identity& identity) {
  if (identity.mission.empty() || identity.id.empty()) {
    return Bad(field, "needs a mission and an id");
  }
  return absl::OkStatus();
}

absl::Status CheckWarning(const KeyedEvent& event) {
  const KeyedWarning& warning = *event.warning;
  if (event.identity.mission.str() != kWarningsMission) {
    return Bad("insert.event.warning", "is of an event that is none");
  }
  if (warning.rule.empty()) return Bad("insert.event.warning.rule_id", "is empty");
  TOCSIN_RETURN_IF_ERROR(CheckTime("insert.event.warning.onset", warning.onset));
  for (const KeyedWarning::Item& item : warning.evidence) {
    TOCSIN_RETURN_IF_ERROR(
        CheckIdentity("insert.event.warning.evidence.identity", item.evidence.identity));
    TOCSIN_RETURN_IF_ERROR(
        CheckInterval("insert.event.warning.evidence.observed", item.evidence.observed));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRecord(const Insert& insert) {
  const KeyedEvent& event = insert.event;
  if (insert.keys.empty()) return Bad("insert.keys", "is empty");
  TOCSIN_RETURN_IF_ERROR(CheckIdentity("insert.event.identity", event.identity));
  if (event.revision < 1) return Bad("insert.event.revision", "must be at least 1");
  if (event.type.empty()) return Bad("insert.event.type", "is empty");
  TOCSIN_RETURN_IF_ERROR(CheckInterval("insert.event.observed", event.observed));
  if (event.valid) {
    TOCSIN_RETURN_IF_ERROR(CheckInterval("insert.event.valid", *event.valid));
  }
  TOCSIN_RETURN_IF_ERROR(CheckTime("insert.event.accepted", event.accepted));
  if (event.point) {
    const Point& point = *event.point;
    if (!(std::fabs(point.latitude) <= 90) || !(std::fabs(point.longitude) <= 180)) {
      return Bad("insert.event.point", "is not on the earth");
    }
  }
  if (event.warning) TOCSIN_RETURN_IF_ERROR(CheckWarning(event));
  if (!(event.uncertainty_m >= 0) || !std::isfinite(event.uncertainty_m)) {
    return Bad("insert.event.uncertainty_m", "must be a finite number, not negative");
  }
  return absl::OkStatus();
}

absl::Status CheckRecord(const Withdraw& withdraw) {
  TOCSIN_RETURN_IF_ERROR(CheckIdentity("withdraw.identity", withdraw.identity));
  if (withdraw.revision < 1) return Bad("withdraw.revision", "must be at least 1");
  return absl::OkStatus();
}

absl::Status CheckRecord(const Tick& tick) {
  TOCSIN_RETURN_IF_ERROR(CheckTime("tick.clock", tick.clock));
  constexpr Duration kMostMargin = std::chrono::hours(24 * 366);
  if (tick.margin < Duration(0) || tick.margin > kMostMargin) {
    return Bad("tick.margin", "must be between nothing and a year");
  }
  for (const SourceTime& source : tick.sources) {
    TOCSIN_RETURN_IF_ERROR(CheckTime("tick.sources.last_accepted", source.last_accepted));
    if (source.clock) return Bad("tick.sources.clock", "is of the vector of several router tasks");
  }
  return absl::OkStatus();
}

}  // namespace tocsin
