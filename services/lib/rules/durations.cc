#include "lib/rules/durations.h"

namespace tocsin {

std::optional<Duration> DurationOf(std::string_view text) {
  constexpr int64_t kMostMillis = int64_t{3660} * 86'400'000;
  if (text.size() < 2) return std::nullopt;
  const bool millis = text.ends_with("ms");
  if (millis) text.remove_suffix(1);
  int64_t unit = 0;
  switch (millis ? ' ' : text.back()) {
    case ' ':
      unit = 1;
      break;
    case 's':
      unit = 1'000;
      break;
    case 'm':
      unit = 60'000;
      break;
    case 'h':
      unit = 3'600'000;
      break;
    case 'd':
      unit = 86'400'000;
      break;
    default:
      return std::nullopt;
  }
  text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
    if (number > kMostMillis) return std::nullopt;
  }
  if (number > kMostMillis / unit) return std::nullopt;
  return std::chrono::milliseconds(number * unit);
}

}  // namespace tocsin
