#include "lib/importing/times.h"

#include <utility>

#include <absl/strings/numbers.h>

#include "lib/base/text.h"
#include "lib/importing/fields.h"
#include "lib/importing/record.h"

namespace tocsin {
namespace {

bool TwoDigits(std::string_view text, int greatest, int& value) {
  return text.size() == 2 && text.find_first_not_of("0123456789") == std::string_view::npos &&
         absl::SimpleAtoi(Av(text), &value) && value <= greatest;
}

// "2008-01-28", "2008-01-28T15:40Z" or "2008-01-28T15:40:30Z"; else the reason why not.
std::string ParseMoment(std::string_view text, const absl::TimeZone& zone, int64_t shift_days,
                        Moment& moment) {
  absl::CivilDay day;
  std::string reason = ParseDay(text.substr(0, 10), day);
  if (!reason.empty()) {
    return reason;
  }
  day += shift_days;
  if (text.size() == 10) {
    moment = {DaysAsInterval(day, day, zone), true};
    return "";
  }
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool seconds =
      text.size() == 20 && text[16] == ':' && TwoDigits(text.substr(17, 2), 59, second);
  if ((text.size() != 17 && !seconds) || text[10] != 'T' || text[13] != ':' || text.back() != 'Z' ||
      !TwoDigits(text.substr(11, 2), 23, hour) || !TwoDigits(text.substr(14, 2), 59, minute)) {
    return "is neither a date nor a time of the form YYYY-MM-DDTHH:MMZ";
  }
  const absl::CivilSecond civil(day.year(), day.month(), day.day(), hour, minute, second);
  const Time t = FromMicros(absl::ToUnixMicros(absl::FromCivil(civil, absl::UTCTimeZone())));
  moment = {{t, t}, false};
  return "";
}

}  // namespace

TimePrecision PrecisionOf(const Interval& interval) {
  using std::chrono::hours;
  const Duration width = interval.width();
  if (width == Duration(0)) {
    return TimePrecision::kInstant;
  }
  if (width <= hours(1)) {
    return TimePrecision::kHour;
  }
  if (width <= hours(25)) {  // a day on which clocks go back
    return TimePrecision::kDay;
  }
  if (width <= hours(7 * 24 + 1)) {
    return TimePrecision::kWeek;
  }
  return width <= hours(31 * 24 + 1) ? TimePrecision::kMonth : TimePrecision::kVague;
}

Duration ParseEvery(std::string_view text) {
  int64_t number = 0;
  if (text.size() < 2 || text.size() > 9 ||
      !absl::SimpleAtoi(Av(text.substr(0, text.size() - 1)), &number) || number < 0) {
    return Duration(0);
  }
  switch (text.back()) {
    case 's':
      return std::chrono::seconds(number);
    case 'm':
      return std::chrono::minutes(number);
    case 'h':
      return std::chrono::hours(number);
    case 'd':
      return std::chrono::hours(24 * number);
    default:
      return Duration(0);
  }
}

Moment Times::MomentOf(YamlEntry& entry, const std::string& key) const {
  Moment moment;
  const std::string text = entry.Need(key);
  const std::string reason = text.empty() ? "" : ParseMoment(text, zone_, shift_days_, moment);
  if (!reason.empty()) {
    entry.Problem(key, StrCat(Quoted(text), " ", reason));
  }
  return moment;
}

Interval Times::IntervalOf(YamlEntry& entry, const std::string& key) const {
  if (!entry.Node(key).IsMap()) {
    return MomentOf(entry, key).interval;
  }
  YamlEntry both = entry.Child(key);
  const Interval interval{MomentOf(both, "from").interval.from, MomentOf(both, "to").interval.to};
  both.Done();
  if (interval.to < interval.from) {
    entry.Problem(key, "ends before it begins");
    return {interval.from, interval.from};
  }
  return interval;
}

Time Times::InstantOf(YamlEntry& entry, const std::string& key) const {
  const Moment moment = MomentOf(entry, key);
  if (moment.is_day) {
    entry.Problem(key, "is a day where a time is needed");
  }
  return moment.interval.from;
}

absl::StatusOr<When> ParseWhen(std::string_view text, const absl::TimeZone& zone) {
  const size_t dots = text.find("..");
  const std::string_view first = text.substr(0, dots);
  const std::string_view last = dots == std::string_view::npos ? first : text.substr(dots + 2);
  Moment from;
  Moment to;
  for (const auto& [part, moment] : {std::pair(first, &from), std::pair(last, &to)}) {
    if (const std::string reason = ParseMoment(part, zone, 0, *moment); !reason.empty()) {
      return absl::InvalidArgumentError(StrCat(Quoted(part), " ", reason));
    }
  }
  When when;
  when.interval = {from.interval.from, to.interval.to};
  if (when.interval.to < when.interval.from) {
    return absl::InvalidArgumentError(StrCat(Quoted(text), " ends before it begins"));
  }
  when.precision = PrecisionOf(when.interval);
  return when;
}

}  // namespace tocsin
