// Keys of the catalogue for the codes of a warning, and lines that are safe to show.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include <absl/strings/ascii.h>

namespace tocsin {

// Codes of the enumerators, in their order: keys of the catalogue.
template <size_t N, class E>
std::string Code(const std::array<const char*, N>& codes, E value) {
  const auto i = static_cast<size_t>(value);
  return i < N ? codes[i] : codes[0];
}

inline constexpr std::array<const char*, 6> kStatus = {"",       "actual", "exercise",
                                                       "system", "test",   "draft"};
inline constexpr std::array<const char*, 6> kSeverity = {"unknown",  "unknown", "minor",
                                                         "moderate", "severe",  "extreme"};
inline constexpr std::array<const char*, 6> kUrgency = {"unknown", "unknown",  "past",
                                                        "future",  "expected", "immediate"};
inline constexpr std::array<const char*, 6> kCertainty = {"unknown",  "unknown", "unlikely",
                                                          "possible", "likely",  "observed"};
inline constexpr std::array<const char*, 10> kResponse = {
    "none",  "none",    "monitor",  "assess",  "prepare",
    "avoid", "execute", "evacuate", "shelter", "all_clear"};
inline constexpr std::array<const char*, 5> kNature = {"", "observed", "expected", "declared",
                                                       "planned"};
inline constexpr std::array<const char*, 5> kMessage = {"", "alert", "update", "cancel", "expire"};

// Ids come from outside: none may break a line or speak to the terminal.
inline std::string OneLine(std::string line) {
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }, ' ');
  return line;
}

}  // namespace tocsin
