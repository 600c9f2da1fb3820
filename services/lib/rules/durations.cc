#include "lib/rules/durations.h"

namespace tocsin {

std::optional<Duration> DurationOf(std::string_view text) {
  constexpr int64_t kMostSeconds = int64_t{3660} * 86400;
  if (text.size() < 2) return std::nullopt;
  int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86400;
      break;
    default:
      return std::nullopt;
  }
  int64_t number = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
    if (number > kMostSeconds) return std::nullopt;
  }
  if (number > kMostSeconds / unit) return std::nullopt;
  return std::chrono::seconds(number * unit);
}

}  // namespace tocsin
