#include "tocsinctl/output.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include <absl/strings/ascii.h>
#include <absl/time/time.h>
#include <google/protobuf/util/json_util.h>

namespace tocsin::ctl {
namespace {

// Code points, which is what a terminal's columns are for the scripts in use here.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

}  // namespace

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) {
        line.append(widths[i] - Width(row[i]) + 2, ' ');
      }
    }
    std::cout << line << "\n";
  }
}

nlohmann::json ToJson(const google::protobuf::Message& message) {
  std::string text;
  // A message always has a JSON form but for invalid UTF-8 in a text, which parsing has refused
  // before.
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) {
    return nlohmann::json::object();
  }
  return nlohmann::json::parse(text, nullptr, false);
}

std::string Dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Zulu(int64_t us) {
  if (us == 0) {
    return "-";
  }
  return absl::FormatTime("%Y-%m-%d %H:%MZ", absl::FromUnixMicros(us), absl::UTCTimeZone());
}

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Word(const std::string& enum_name, const std::string& prefix) {
  const bool starts = enum_name.compare(0, prefix.size(), prefix) == 0;
  return absl::AsciiStrToLower(starts ? enum_name.substr(prefix.size()) : enum_name);
}

}  // namespace tocsin::ctl
