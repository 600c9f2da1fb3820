// Time as the project uses it: UTC, microseconds. Cores never read a clock; it is passed in.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace tocsin {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;

constexpr Time FromMicros(int64_t us) { return Time(Duration(us)); }
constexpr int64_t ToMicros(Time t) { return t.time_since_epoch().count(); }
constexpr Time kNever = Time::max();
// Earlier than every event; also "nothing known yet".
constexpr Time kUnknownTime = Time(Duration(0));

// Both ends inclusive; from <= to is an invariant that validation establishes.
struct Interval {
  Time from = kUnknownTime;
  Time to = kUnknownTime;
  // Saturates: of bytes that nobody has validated the ends may lie anywhere.
  constexpr Duration width() const {
    int64_t us = 0;
    if (!__builtin_sub_overflow(ToMicros(to), ToMicros(from), &us)) return Duration(us);
    return from < to ? Duration::max() : Duration::min();
  }
  friend auto operator<=>(const Interval&, const Interval&) = default;
};

}  // namespace tocsin
