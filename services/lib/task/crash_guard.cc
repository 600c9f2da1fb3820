#include "lib/task/crash_guard.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <unistd.h>

namespace tocsin {
namespace {

// Kafka's own limit, and what the name of an input that is read again begins with.
constexpr size_t kLongestTopic = 249 + kAgainPrefix.size();

bool IsPassed(const std::pair<SourceId, int64_t>& record, const CrashGuard::Position& next) {
  const auto it = next.find(record.first);
  return it != next.end() && it->second > record.second;
}

}  // namespace

// The layout of the file.
struct CrashGuard::Mark {
  std::atomic<int32_t> in_core;
  int32_t partition;
  int64_t offset;
  std::array<char, kLongestTopic + 1> topic;
};

CrashGuard::CrashGuard(const std::string& state_folder)
    : mark_path_(state_folder + ".mark"), crashes_path_(state_folder + ".crashes") {}

CrashGuard::~CrashGuard() {
  if (mark_ != nullptr) munmap(mark_, sizeof(Mark));
}

absl::StatusOr<std::unique_ptr<CrashGuard>> CrashGuard::Open(const std::string& state_folder,
                                                             const Position& next) {
  std::unique_ptr<CrashGuard> guard(new CrashGuard(state_folder));
  absl::Status status = guard->MapMark();
  if (status.ok()) status = guard->ReadCrashes(next);
  if (!status.ok()) return status;
  if (guard->mark_->in_core.load() != 0) {
    guard->mark_->topic.back() = '\0';
    const std::pair<SourceId, int64_t> record{
        SourceId{guard->mark_->topic.data(), guard->mark_->partition}, guard->mark_->offset};
    if (!IsPassed(record, next)) ++guard->crashes_[record];
    status = guard->WriteCrashes();
    if (!status.ok()) return status;
    guard->mark_->in_core.store(0);
  }
  return guard;
}

absl::Status CrashGuard::MapMark() {
  const int file = open(mark_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const auto failed = [&] {
    const absl::Status status = absl::InternalError(
        absl::StrCat("the crash mark ", mark_path_, " cannot be used: ", std::strerror(errno)));
    if (file >= 0) close(file);
    return status;
  };
  if (file < 0) return failed();
  std::array<char, sizeof(Mark)> bytes{};
  const ssize_t found = pread(file, bytes.data(), bytes.size(), 0);
  if (found < 0) return failed();
  if (static_cast<size_t>(found) < bytes.size()) {
    // A new file, or one that was cut: written in full, so that no page of it is missing later.
    bytes.fill(0);
    if (pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
      return failed();
    }
  }
  void* mapped = mmap(nullptr, sizeof(Mark), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) return failed();
  close(file);
  mark_ = static_cast<Mark*>(mapped);
  return absl::OkStatus();
}

absl::Status CrashGuard::ReadCrashes(const Position& next) {
  std::ifstream file(crashes_path_);
  if (!file) return absl::OkStatus();
  std::stringstream text;
  text << file.rdbuf();
  try {
    for (const auto& entry : nlohmann::json::parse(text.str())) {
      const std::pair<SourceId, int64_t> record{
          SourceId{entry.at("topic").get<std::string>(), entry.at("partition").get<int32_t>()},
          entry.at("offset").get<int64_t>()};
      if (!IsPassed(record, next)) crashes_[record] = entry.at("crashes").get<int64_t>();
    }
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("the crash counts in ", crashes_path_,
                                                   " are unreadable (", error.what(),
                                                   "); remove the file to count anew"));
  }
  return absl::OkStatus();
}

absl::Status CrashGuard::WriteCrashes() const {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [record, count] : crashes_) {
    json.push_back({{"topic", record.first.topic},
                    {"partition", record.first.partition},
                    {"offset", record.second},
                    {"crashes", count}});
  }
  const std::string part = crashes_path_ + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << json.dump(1) << "\n";
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, crashes_path_, error);
  if (!file || error) {
    return absl::InternalError(
        absl::StrCat("the crash counts ", crashes_path_, " cannot be written"));
  }
  return absl::OkStatus();
}

void CrashGuard::Enter(const SourceId& source, int64_t offset) {
  if (source != marked_) {
    marked_ = source;
    mark_->topic.fill('\0');
    source.topic.copy(mark_->topic.data(), kLongestTopic);
    mark_->partition = source.partition;
  }
  mark_->offset = offset;
  // Everything above stands in the file before this does.
  mark_->in_core.store(1, std::memory_order_release);
}

void CrashGuard::Leave() { mark_->in_core.store(0, std::memory_order_release); }

void CrashGuard::OrderlyStop(const Position& next) {
  std::erase_if(crashes_, [&](const auto& entry) { return IsPassed(entry.first, next); });
  std::error_code ignored;
  std::filesystem::remove(mark_path_, ignored);
  if (crashes_.empty()) {
    std::filesystem::remove(crashes_path_, ignored);
  } else {
    // If it cannot be written, the next run reads the counts of before, which hold what is needed.
    (void)WriteCrashes();
  }
}

}  // namespace tocsin
