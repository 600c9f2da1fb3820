#include "lib/packfiles/load.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

// No document may be longer than the longest kind: what is longer is read so far that its parser
// says so.
constexpr size_t kMostBytes = kMostGeoJsonBytes + 1;

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::error_code error;
  std::ifstream in;
  if (std::filesystem::is_regular_file(path, error)) in.open(path, std::ios::binary);
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (!in.is_open() || error) return absl::NotFoundError(StrCat(path.string(), " cannot be read"));
  std::string text(std::min<uintmax_t>(size, kMostBytes), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return absl::NotFoundError(StrCat(path.string(), " cannot be read"));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

Document MakeDocument(std::string kind, std::string name, int32_t version, std::string text) {
  Document document{std::move(kind), std::move(name), version, std::move(text), ""};
  document.sha256 = Sha256Hex(document.text);
  return document;
}

// <directory>/*.yaml, sorted by name.
absl::StatusOr<std::vector<std::filesystem::path>> YamlFiles(
    const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::filesystem::path& path = entries->path();
    if (path.extension() == ".yaml" && !IsTimelineFile(path)) files.push_back(path);
  }
  if (error) {
    return absl::NotFoundError(StrCat(directory.string(), " cannot be listed: ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Missions' own forms of rules, for which there need be no folder.
absl::StatusOr<std::vector<std::filesystem::path>> OverrideFiles(
    const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory)) return std::vector<std::filesystem::path>();
  return YamlFiles(directory);
}

struct Single {
  const char* kind;
  const char* file;
  bool required;
};
constexpr Single kSingles[] = {{"types", "types.yaml", true},
                               {"desks", "desks.yaml", true},
                               {"actors", "actors.yaml", false},
                               {"areas", "areas.geojson", false},
                               {"corridors", "corridors.geojson", false}};

}  // namespace

bool IsTimelineFile(const std::filesystem::path& path) {
  return path.filename().string().ends_with(".tests.yaml");
}

absl::StatusOr<std::vector<Document>> LoadPackFiles(const std::filesystem::path& directory) {
  TOCSIN_ASSIGN_OR_RETURN(const auto rules, YamlFiles(directory / "pack"));
  TOCSIN_ASSIGN_OR_RETURN(const auto overrides, OverrideFiles(directory / "overrides"));
  std::vector<Document> documents;
  for (const std::filesystem::path& path : rules) {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    TOCSIN_ASSIGN_OR_RETURN(const auto named, RuleNameAndVersion(path.string(), text));
    documents.push_back(MakeDocument("rule", named.first.str(), named.second, std::move(text)));
  }
  for (const std::filesystem::path& path : overrides) {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    documents.push_back(MakeDocument("overrides", path.stem().string(), 1, std::move(text)));
  }
  for (const Single& single : kSingles) {
    const std::filesystem::path path = directory / single.file;
    if (!single.required && !std::filesystem::exists(path)) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    documents.push_back(MakeDocument(single.kind, single.kind, 1, std::move(text)));
  }
  std::sort(documents.begin(), documents.end());
  return documents;
}

absl::StatusOr<PackFiles> LoadAnyPackFiles(const std::filesystem::path& directory) {
  PackFiles pack;
  TOCSIN_ASSIGN_OR_RETURN(const auto rules, YamlFiles(directory / "pack"));
  TOCSIN_ASSIGN_OR_RETURN(const auto overrides, OverrideFiles(directory / "overrides"));
  for (const Single& single : kSingles) {
    const std::filesystem::path path = directory / single.file;
    if (!std::filesystem::exists(path)) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    pack.documents.push_back(MakeDocument(single.kind, single.kind, 1, std::move(text)));
    pack.files.push_back(path.string());
  }
  for (const std::filesystem::path& path : rules) {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    const auto named = RuleNameAndVersion(path.string(), text);
    pack.documents.push_back(MakeDocument("rule",
                                          named.ok() ? named->first.str() : path.stem().string(),
                                          named.ok() ? named->second : 0, std::move(text)));
    pack.files.push_back(path.string());
  }
  for (const std::filesystem::path& path : overrides) {
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    pack.documents.push_back(MakeDocument("overrides", path.stem().string(), 1, std::move(text)));
    pack.files.push_back(path.string());
  }
  return pack;
}

Activation ActivationOf(const std::vector<Document>& documents, std::vector<MissionId> live) {
  Activation activation;
  for (const Document& document : documents) {
    activation.documents.push_back(
        {document.kind, document.name, document.version, document.sha256});
  }
  std::sort(activation.documents.begin(), activation.documents.end());
  std::sort(live.begin(), live.end());
  live.erase(std::unique(live.begin(), live.end()), live.end());
  activation.live_missions = std::move(live);
  activation.digest = DigestOf(activation.documents, activation.live_missions);
  return activation;
}

}  // namespace tocsin
