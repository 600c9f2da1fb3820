#include "lib/task/crash_guard.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

constexpr int64_t kRunsUntilCareful = 3;
constexpr int64_t kCrashesUntilSkip = 2;
// After so many records fed one by one the task is past what it crashed at (max_batch and more).
constexpr int64_t kCarefulRecords = 4000;

std::string Text(const CrashGuard::Position& next) {
  std::string text;
  for (const auto& [source, offset] : next) {
    absl::StrAppend(&text, source.topic, "[", source.partition, "]=", offset, " ");
  }
  return text;
}

nlohmann::json ToJson(const std::pair<SourceId, int64_t>& record) {
  return {{"topic", record.first.topic},
          {"partition", record.first.partition},
          {"offset", record.second}};
}

std::pair<SourceId, int64_t> FromJson(const nlohmann::json& json) {
  return {SourceId{json.at("topic").get<std::string>(), json.at("partition").get<int32_t>()},
          json.at("offset").get<int64_t>()};
}

bool IsPassed(const std::pair<SourceId, int64_t>& record, const CrashGuard::Position& next) {
  const auto it = next.find(record.first);
  return it != next.end() && it->second > record.second;
}

}  // namespace

absl::StatusOr<CrashGuard> CrashGuard::Open(const std::string& state_folder, const Position& next) {
  CrashGuard guard(state_folder + ".guard");
  absl::Status status = guard.Read(next);
  if (status.ok()) status = guard.Write();
  if (!status.ok()) return status;
  return guard;
}

absl::Status CrashGuard::Read(const Position& next) {
  start_ = Text(next);
  std::ifstream file(path_);
  if (!file) return absl::OkStatus();  // the last stop was orderly
  std::stringstream text;
  text << file.rdbuf();
  std::optional<std::pair<SourceId, int64_t>> suspect;
  try {
    const nlohmann::json json = nlohmann::json::parse(text.str());
    if (json.at("start").get<std::string>() == start_) runs_ = json.at("runs").get<int64_t>() + 1;
    careful_left_ = json.at("careful_left").get<int64_t>();
    for (const auto& skip : json.at("skips")) {
      if (!IsPassed(FromJson(skip), next)) skips_.insert(FromJson(skip));
    }
    if (json.contains("suspect") && !IsPassed(FromJson(json.at("suspect")), next)) {
      suspect_ = FromJson(json.at("suspect"));
      suspect_crashes_ = json.at("suspect_crashes").get<int64_t>() + 1;
    }
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("the crash counter ", path_, " is unreadable (",
                                                   error.what(),
                                                   "); remove it to start counting anew"));
  }
  if (suspect_.has_value() && suspect_crashes_ >= kCrashesUntilSkip) {
    skips_.insert(*suspect_);
    suspect_.reset();
    suspect_crashes_ = 0;
  }
  if (runs_ >= kRunsUntilCareful || suspect_.has_value()) careful_left_ = kCarefulRecords;
  return absl::OkStatus();
}

absl::Status CrashGuard::Write() const {
  nlohmann::json json = {{"start", start_}, {"runs", runs_}, {"careful_left", careful_left_}};
  json["skips"] = nlohmann::json::array();
  for (const auto& skip : skips_) json["skips"].push_back(ToJson(skip));
  if (suspect_.has_value()) {
    json["suspect"] = ToJson(*suspect_);
    json["suspect_crashes"] = suspect_crashes_;
  }
  const std::string part = path_ + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << json.dump() << "\n";
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, path_, error);
  if (!file || error) {
    return absl::InternalError(absl::StrCat("the crash counter ", path_, " cannot be written"));
  }
  return absl::OkStatus();
}

absl::Status CrashGuard::Feeding(const SourceId& source, int64_t offset) {
  const std::pair<SourceId, int64_t> record(source, offset);
  if (suspect_ != record) {
    suspect_ = record;
    suspect_crashes_ = 0;
  }
  return Write();
}

absl::Status CrashGuard::Passed() {
  suspect_.reset();
  suspect_crashes_ = 0;
  if (--careful_left_ > 0) return absl::OkStatus();  // the next Feeding writes
  runs_ = 1;
  return Write();
}

void CrashGuard::OrderlyStop(const Position& next) {
  std::erase_if(skips_, [&](const auto& skip) { return IsPassed(skip, next); });
  suspect_.reset();
  if (skips_.empty()) {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    return;
  }
  runs_ = 0;
  careful_left_ = 0;
  // If it cannot be written, the record will be found again, at the price of some crashes.
  (void)Write();
}

}  // namespace tocsin
