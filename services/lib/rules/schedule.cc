#include "lib/rules/schedule.h"

#include <algorithm>

namespace tocsin {
namespace {

constexpr Duration kDay = std::chrono::days(1);
constexpr Duration kMostOffset = std::chrono::hours(14);

std::pair<Duration, Duration> Extremes(const std::vector<ZoneOffset>& offsets) {
  const auto [least, most] =
      std::minmax_element(offsets.begin(), offsets.end(),
                          [](const auto& a, const auto& b) { return a.offset < b.offset; });
  return {least->offset, most->offset};
}

// The first moment at which the clock shows `local` or more. Of a time that comes twice it is the
// first; one that the clock leaps over is there when it leaps.
Time WhenClockShows(const std::vector<ZoneOffset>& offsets, Time local) {
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    Time when = local - offsets[i].offset;
    if (i > 0) when = std::max(when, offsets[i].from);
    if (when < offsets[i + 1].from) return when;
  }
  const Time when = local - offsets.back().offset;
  return offsets.size() == 1 ? when : std::max(when, offsets.back().from);
}

// A number of exactly `text.size()` digits, at most `most`.
std::optional<int> NumberOf(std::string_view text, int most) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  if (number > most) return std::nullopt;
  return number;
}

}  // namespace

Time SecondDeadline(const Schedule& schedule, Time time) {
  // The deadline of this day lies before `time` whatever the offset.
  const Time least = time + Extremes(schedule.offsets).first;
  Time day = std::chrono::floor<std::chrono::days>(least) - kDay;
  Time deadline = kUnknownTime;
  for (int found = 0; found < 2; day += kDay) {
    const Time next = WhenClockShows(schedule.offsets, day + schedule.by);
    if (next < time || (found > 0 && next == deadline)) continue;
    deadline = next;
    ++found;
  }
  return deadline;
}

Duration SpreadOf(const std::vector<ZoneOffset>& offsets) {
  const auto [least, most] = Extremes(offsets);
  return most - least;
}

std::optional<Duration> TimeOfDayOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const std::optional<int> hours = NumberOf(text.substr(0, 2), 23);
  const std::optional<int> minutes = NumberOf(text.substr(3), 59);
  if (!hours || !minutes) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
}

std::optional<Duration> OffsetOf(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const std::optional<Duration> size = TimeOfDayOf(text.substr(1));
  if (!size || *size > kMostOffset) return std::nullopt;
  return text[0] == '-' ? -*size : *size;
}

std::optional<Time> MomentOf(std::string_view text) {
  constexpr size_t kDate = 10;
  const bool whole = text.size() == kDate;
  if (!whole && (text.size() != kDate + 7 || text[kDate] != 'T' || text.back() != 'Z')) {
    return std::nullopt;
  }
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::optional<int> year = NumberOf(text.substr(0, 4), 9999);
  const std::optional<int> month = NumberOf(text.substr(5, 2), 12);
  const std::optional<int> day = NumberOf(text.substr(8, 2), 31);
  const std::optional<Duration> hour = whole ? Duration(0) : TimeOfDayOf(text.substr(kDate + 1, 5));
  if (!year || !month || !day || !hour || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + *hour;
}

}  // namespace tocsin
