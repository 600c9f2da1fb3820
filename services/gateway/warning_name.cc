#include "gateway/warning_name.h"

#include <algorithm>

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>

namespace tocsin::gateway {
namespace {

constexpr size_t kIdLength = 32;
constexpr size_t kLongest = 100;

bool IsId(const std::string& text) {
  return text.size() == kIdLength && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

absl::StatusOr<WarningName> ParseWarningName(const std::string& text) {
  std::string trimmed(absl::StripAsciiWhitespace(text));
  WarningName name;
  if (IsId(trimmed)) {
    name.id = WarningId(trimmed);
    return name;
  }
  if (trimmed.size() <= kLongest) {
    const auto digits = std::find_if_not(trimmed.rbegin(), trimmed.rend(),
                                         [](char c) { return absl::ascii_isdigit(c); });
    const std::string number(digits.base(), trimmed.end());
    std::string mission(trimmed.begin(), digits.base());
    const bool separated = mission.empty() || mission.back() == ' ' || mission.back() == '-';
    while (!mission.empty() && (mission.back() == ' ' || mission.back() == '-')) mission.pop_back();
    int64_t value = 0;
    if (separated && absl::SimpleAtoi(number, &value) && value > 0) {
      name.number = value;
      name.mission = MissionId(absl::AsciiStrToLower(mission));
      return name;
    }
  }
  return absl::InvalidArgumentError(
      "warning_id: neither an id (32 hexadecimal digits) nor a number such as \"UNAMID 0143\"");
}

}  // namespace tocsin::gateway
