#include "lib/rendering/phrases.h"

#include <absl/strings/str_format.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

absl::Time ToAbsl(Time t) { return absl::FromUnixMicros(ToMicros(t)); }

bool IsMidnight(absl::Time t, const absl::TimeZone& zone) {
  const absl::CivilSecond civil = zone.At(t).cs;
  return civil.hour() == 0 && civil.minute() == 0 && civil.second() == 0 &&
         absl::ToUnixMicros(t) % 1'000'000 == 0;
}

std::string DaysPhrase(absl::CivilDay first, absl::CivilDay last, const Catalogue& catalogue) {
  if (first == last) {
    return StrCat(absl::FormatCivilTime(first), ", ", catalogue.Words("words", "local_day"));
  }
  return Fill(catalogue.Words("words", "vague_time"),
              {{"from", absl::FormatCivilTime(first)}, {"to", absl::FormatCivilTime(last)}});
}

std::string Kilometres(double metres) {
  return metres < 950 ? absl::StrFormat("%.1f", metres / 1000)
                      : absl::StrFormat("%.0f", metres / 1000);
}

}  // namespace

std::string ZuluPhrase(Time t) {
  return absl::FormatTime("%Y-%m-%d %H:%MZ", ToAbsl(t), absl::UTCTimeZone());
}

std::string TimePhrase(Time t, const absl::TimeZone& zone, const Catalogue& catalogue) {
  const absl::Time at = ToAbsl(t);
  const bool same_day = absl::ToCivilDay(at, zone) == absl::ToCivilDay(at, absl::UTCTimeZone());
  return StrCat(ZuluPhrase(t), " (", absl::FormatTime(same_day ? "%H:%M" : "%m-%d %H:%M", at, zone),
                " ", catalogue.Words("words", "local"), ")");
}

std::string IntervalPhrase(const Interval& interval, const absl::TimeZone& zone,
                           const Catalogue& catalogue) {
  const absl::Time from = ToAbsl(interval.from);
  const absl::Time after = ToAbsl(interval.to) + absl::Microseconds(1);
  if (after - from <= absl::Minutes(1)) {
    return TimePhrase(interval.from, zone, catalogue);
  }
  if (IsMidnight(from, zone) && IsMidnight(after, zone)) {
    return DaysPhrase(absl::ToCivilDay(from, zone), absl::ToCivilDay(after, zone) - 1, catalogue);
  }
  // Whole days of another zone: its noon has the date of that day in UTC too.
  constexpr absl::Duration kNoon = absl::Hours(12);
  if ((after - from) % absl::Hours(24) == absl::ZeroDuration()) {
    return DaysPhrase(absl::ToCivilDay(from + kNoon, absl::UTCTimeZone()),
                      absl::ToCivilDay(after - kNoon, absl::UTCTimeZone()), catalogue);
  }
  return Fill(catalogue.Words("words", "vague_time"),
              {{"from", TimePhrase(interval.from, zone, catalogue)},
               {"to", TimePhrase(interval.to, zone, catalogue)}});
}

std::string SpanPhrase(Duration span, const Catalogue& catalogue) {
  constexpr int64_t kHour = 60;
  constexpr int64_t kDay = 24 * kHour;
  const int64_t minutes = std::chrono::ceil<std::chrono::minutes>(span).count();
  int64_t count = minutes;
  std::string unit = "minute";
  if (minutes >= 2 * kDay) {
    count = (minutes + kDay - 1) / kDay;
    unit = "day";
  } else if (minutes >= 2 * kHour) {
    count = (minutes + kHour - 1) / kHour;
    unit = "hour";
  }
  return StrCat(count, " ", catalogue.Words("words", count == 1 ? unit : unit + "s"));
}

std::string PlacePhrase(const Point& point, double uncertainty_m, const Gazetteer& gazetteer,
                        const Catalogue& catalogue) {
  const auto word = [&](const std::string& code) { return catalogue.Words("words", code); };
  std::string phrase;
  if (const std::optional<Gazetteer::Near> near = gazetteer.Nearest(point)) {
    phrase = near->metres < 1500
                 ? StrCat(word("at_place"), " ", near->name)
                 : StrCat(Kilometres(static_cast<double>(near->metres)), " ", word("km"), " ",
                          Fill(word("direction_of"),
                               {{"direction", word(near->direction)}, {"place", near->name}}));
  } else {
    phrase = absl::StrFormat("%.3f, %.3f", point.latitude, point.longitude);
  }
  if (uncertainty_m > 0) {
    phrase += StrCat(" (", Fill(word("vague_place"), {{"km", Kilometres(uncertainty_m)}}), ")");
  }
  return phrase;
}

std::string AttributePhrase(const std::string& name, const std::string& value,
                            const Catalogue& catalogue) {
  return catalogue.Has("attributes", name)
             ? Fill(catalogue.Words("attributes", name), {{"value", value}})
             : StrCat(name, ": ", value);
}

std::string ListPhrase(const std::vector<std::string>& items, const Catalogue& catalogue) {
  std::string list;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      list += i + 1 == items.size() ? StrCat(" ", catalogue.Words("words", "and"), " ") : ", ";
    }
    list += items[i];
  }
  return list;
}

}  // namespace tocsin
