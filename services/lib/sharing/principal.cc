#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include "lib/sharing/decide.h"

namespace tocsin {
namespace {

constexpr std::string_view kPrefix = "spiffe://tocsin.local/mission/";
constexpr size_t kLongestPart = 64;

constexpr std::array<std::pair<std::string_view, Role>, 8> kRoles = {{
    {"service", Role::kService},
    {"watch-officer", Role::kWatchOfficer},
    {"watch-desk", Role::kWatchDesk},
    {"chief-joc", Role::kChiefJoc},
    {"reporting-officer", Role::kReportingOfficer},
    {"sensor", Role::kSensor},
    {"liaison", Role::kLiaison},
    {"operator", Role::kOperator},
}};

bool LowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// A mission takes no dot: it is a part of topic names, whose separator the dot is.
bool ValidPart(std::string_view part, bool dot) {
  return !part.empty() && part.size() <= kLongestPart && LowerOrDigit(part.front()) &&
         std::all_of(part.begin(), part.end(),
                     [dot](char c) { return LowerOrDigit(c) || c == '-' || (dot && c == '.'); });
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t slash = text.find('/'); slash != std::string_view::npos; slash = text.find('/')) {
    parts.push_back(text.substr(0, slash));
    text.remove_prefix(slash + 1);
  }
  parts.push_back(text);
  return parts;
}

}  // namespace

bool IsPersonName(std::string_view name) { return ValidPart(name, /*dot=*/true); }

std::string_view NameOf(Role role) {
  for (const auto& [name, value] : kRoles) {
    if (value == role) {
      return name;
    }
  }
  return "unspecified";
}

absl::StatusOr<Principal> ParsePrincipal(std::string_view uri_san) {
  if (uri_san.substr(0, kPrefix.size()) != kPrefix) {
    return absl::InvalidArgumentError(
        absl::StrCat("the URI SAN does not begin with ", std::string(kPrefix)));
  }
  const std::vector<std::string_view> parts = Split(uri_san.substr(kPrefix.size()));
  if (parts.size() != 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("the URI SAN has ", parts.size(),
                     " parts after the word mission and must have three: mission, role and name"));
  }
  if (!ValidPart(parts[0], /*dot=*/false)) {
    return absl::InvalidArgumentError(
        "the mission in the URI SAN is not 1 to 64 lower-case letters, digits or '-'");
  }
  const auto* role = std::find_if(kRoles.begin(), kRoles.end(),
                                  [&](const auto& known) { return known.first == parts[1]; });
  if (role == kRoles.end()) {
    return absl::InvalidArgumentError("the role in the URI SAN is unknown");
  }
  if (!IsPersonName(parts[2])) {
    return absl::InvalidArgumentError(
        "the name in the URI SAN is not 1 to 64 lower-case letters, digits, '-' or '.'");
  }
  return Principal{MissionId(parts[0]), role->second, std::string(parts[2])};
}

}  // namespace tocsin
