#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/task/checkpoint.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "checkpoint.json";
constexpr char kPart[] = ".part-";
constexpr size_t kChunk = size_t{1} << 20;
// Another process may take the same number at the same time.
constexpr int kMostTries = 100;

absl::Status Failed(const std::string& what, const fs::path& path) {
  return absl::InternalError(absl::StrCat(what, " ", path.string(), ": ", std::strerror(errno)));
}

absl::Status Failed(const std::string& what, const fs::path& path, const std::error_code& error) {
  return absl::InternalError(absl::StrCat(what, " ", path.string(), ": ", error.message()));
}

class File {
 public:
  File(const fs::path& path, int flags) : number_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }
  bool IsOpen() const { return number_ >= 0; }

 private:
  const int number_;
};

// A file, or the names in a folder.
absl::Status Sync(const fs::path& path) {
  const File file(path, O_RDONLY);
  if (!file.IsOpen() || fsync(file.number()) != 0) return Failed("cannot sync", path);
  return absl::OkStatus();
}

absl::Status Write(const File& file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Synced. `stop` may be null.
absl::StatusOr<CheckpointFile> Copy(const fs::path& from, const fs::path& to,
                                    const std::stop_token* stop) {
  const File in(from, O_RDONLY);
  if (!in.IsOpen()) return Failed("cannot read", from);
  const File out(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out.IsOpen()) return Failed("cannot write", to);
  CheckpointFile copied{.name = to.filename().string(), .bytes = 0, .checksum = {}};
  Checksum checksum;
  std::string chunk(kChunk, '\0');
  while (true) {
    if (stop != nullptr && stop->stop_requested()) return absl::CancelledError("stopped");
    const ssize_t taken = read(in.number(), chunk.data(), chunk.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return Failed("cannot read", from);
    if (taken == 0) break;
    const std::string_view bytes(chunk.data(), static_cast<size_t>(taken));
    checksum.Add(bytes);
    TOCSIN_RETURN_IF_ERROR(Write(out, bytes, to));
    copied.bytes += taken;
  }
  if (fsync(out.number()) != 0) return Failed("cannot sync", to);
  copied.checksum = checksum.Hex();
  return copied;
}

absl::Status RemoveAll(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? Failed("cannot remove", path, error) : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> NamesIn(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return Failed("cannot list", folder, error);
  std::sort(names.begin(), names.end());
  return names;
}

class FolderShelf final : public CheckpointShelf {
 public:
  FolderShelf(fs::path folder, const std::string& state_folder)
      : folder_(std::move(folder)),
        state_(state_folder),
        staged_(state_folder + ".staged"),
        loading_(state_folder + ".loading") {}

  absl::Status Start() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error || access(folder_.c_str(), R_OK | W_OK | X_OK) != 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the folder for checkpoints ", folder_.string(),
          " cannot be used: ", error ? error.message() : std::string(std::strerror(errno))));
    }
    // Of a process that ended while it published. One that still does will fail, and try again.
    TOCSIN_ASSIGN_OR_RETURN(const auto names, NamesIn(folder_));
    for (const std::string& name : names) {
      if (name.starts_with(kPart)) TOCSIN_RETURN_IF_ERROR(RemoveAll(folder_ / name));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<int64_t>> List() override {
    TOCSIN_ASSIGN_OR_RETURN(const auto names, NamesIn(folder_));
    std::vector<int64_t> numbers;
    for (const std::string& name : names) {
      int64_t number = 0;
      if (absl::SimpleAtoi(name, &number) && name == NameOf(number)) numbers.push_back(number);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  absl::StatusOr<CheckpointManifest> Read(int64_t number) override {
    const fs::path path = folder_ / NameOf(number);
    std::ifstream file(path / kManifest);
    if (!file) {
      return fs::exists(path) ? absl::DataLossError("it has no manifest")
                              : absl::NotFoundError("it is gone");
    }
    std::stringstream text;
    text << file.rdbuf();
    return ParseManifest(text.str());
  }

  absl::Status Stage(Store& store) override {
    TOCSIN_RETURN_IF_ERROR(RemoveAll(staged_));
    return store.Checkpoint(staged_.string());
  }

  absl::StatusOr<int64_t> Publish(CheckpointManifest manifest,
                                  const std::stop_token& stop) override {
    std::string pattern = (folder_ / (std::string(kPart) + "XXXXXX")).string();
    if (mkdtemp(pattern.data()) == nullptr) return Failed("cannot make", pattern);
    const fs::path part = pattern;
    auto number = Fill(part, std::move(manifest), stop);
    // What is left of either would only take space.
    if (!number.ok()) (void)RemoveAll(part);
    (void)RemoveAll(staged_);
    return number;
  }

  absl::Status Fetch(int64_t number) override {
    TOCSIN_ASSIGN_OR_RETURN(const CheckpointManifest manifest, Read(number));
    TOCSIN_RETURN_IF_ERROR(RemoveAll(loading_));
    std::error_code error;
    fs::create_directories(loading_, error);
    if (error) return Failed("cannot make", loading_, error);
    for (const CheckpointFile& file : manifest.files) {
      const absl::Status status = FetchFile(folder_ / NameOf(number), file);
      if (status.ok()) continue;
      (void)RemoveAll(loading_);
      return status;
    }
    TOCSIN_RETURN_IF_ERROR(Sync(loading_));
    TOCSIN_RETURN_IF_ERROR(RemoveAll(state_));
    fs::rename(loading_, state_, error);
    if (error) return Failed("cannot rename", loading_, error);
    return Sync(state_.parent_path());
  }

  absl::Status Remove(int64_t number) override {
    // Under a name that is none of a checkpoint first: what is half removed is never read.
    const fs::path gone = folder_ / absl::StrCat(kPart, "removed-", number);
    std::error_code error;
    fs::rename(folder_ / NameOf(number), gone, error);
    if (error == std::errc::no_such_file_or_directory) return absl::OkStatus();
    return error ? Failed("cannot remove", folder_ / NameOf(number), error) : RemoveAll(gone);
  }

 private:
  static std::string NameOf(int64_t number) { return absl::StrFormat("%08d", number); }

  absl::StatusOr<int64_t> Fill(const fs::path& part, CheckpointManifest manifest,
                               const std::stop_token& stop) {
    // Checksums of damaged bytes would be right, and better checkpoints would make room for them.
    TOCSIN_RETURN_IF_ERROR(VerifyStore(staged_.string()));
    TOCSIN_ASSIGN_OR_RETURN(const auto names, NamesIn(staged_));
    for (const std::string& name : names) {
      TOCSIN_ASSIGN_OR_RETURN(CheckpointFile file, Copy(staged_ / name, part / name, &stop));
      manifest.files.push_back(std::move(file));
    }
    const fs::path path = part / kManifest;
    const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.IsOpen()) return Failed("cannot write", path);
    TOCSIN_RETURN_IF_ERROR(Write(file, EncodeManifest(manifest), path));
    if (fsync(file.number()) != 0) return Failed("cannot sync", path);
    TOCSIN_RETURN_IF_ERROR(Sync(part));
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<int64_t> taken, List());
    int64_t number = taken.empty() ? 1 : taken.back() + 1;
    for (int tries = 0; tries < kMostTries; ++tries, ++number) {
      // A folder that is not empty is not replaced.
      if (std::rename(part.c_str(), (folder_ / NameOf(number)).c_str()) == 0) {
        TOCSIN_RETURN_IF_ERROR(Sync(folder_));
        return number;
      }
      if (errno != EEXIST && errno != ENOTEMPTY) break;
    }
    return Failed("cannot publish", part);
  }

  absl::Status FetchFile(const fs::path& from, const CheckpointFile& file) {
    if (file.name.empty() || file.name.find('/') != std::string::npos) {
      return absl::DataLossError(absl::StrCat("its manifest names a file \"", file.name, "\""));
    }
    const fs::path path = from / file.name;
    if (!fs::exists(path)) return absl::DataLossError(absl::StrCat(file.name, " is missing"));
    TOCSIN_ASSIGN_OR_RETURN(const CheckpointFile copied, Copy(path, loading_ / file.name, nullptr));
    if (copied == file) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(file.name, " is damaged: ", copied.bytes,
                                            " bytes with checksum ", copied.checksum,
                                            " instead of ", file.bytes, " with ", file.checksum));
  }

  const fs::path folder_, state_, staged_, loading_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CheckpointShelf>> OpenFolderShelf(const std::string& folder,
                                                                 const std::string& state_folder) {
  auto shelf = std::make_unique<FolderShelf>(folder, state_folder);
  TOCSIN_RETURN_IF_ERROR(shelf->Start());
  return shelf;
}

}  // namespace tocsin
