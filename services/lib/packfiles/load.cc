#include "lib/packfiles/load.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) {
    return absl::NotFoundError(StrCat(path.string(), " cannot be read"));
  }
  return std::move(text).str();
}

Document MakeDocument(std::string kind, std::string name, int32_t version, std::string text) {
  Document document{std::move(kind), std::move(name), version, std::move(text), ""};
  document.sha256 = Sha256Hex(document.text);
  return document;
}

absl::StatusOr<std::vector<Document>> LoadRules(const std::filesystem::path& directory) {
  std::vector<Document> documents;
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error) {
    return absl::NotFoundError(StrCat(directory.string(), " cannot be listed: ", error.message()));
  }
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (error) break;
    const std::filesystem::path& path = entries->path();
    if (path.extension() != ".yaml" || IsTimelineFile(path)) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    TOCSIN_ASSIGN_OR_RETURN(const auto named, RuleNameAndVersion(path.string(), text));
    documents.push_back(MakeDocument("rule", named.first.str(), named.second, std::move(text)));
  }
  return documents;
}

}  // namespace

bool IsTimelineFile(const std::filesystem::path& path) {
  return path.filename().string().ends_with(".tests.yaml");
}

absl::StatusOr<std::vector<Document>> LoadPackFiles(const std::filesystem::path& directory) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<Document> documents, LoadRules(directory / "pack"));
  struct Single {
    const char* kind;
    const char* file;
    bool required;
  };
  for (const Single& single :
       {Single{"types", "types.yaml", true}, Single{"desks", "desks.yaml", true},
        Single{"actors", "actors.yaml", false}, Single{"areas", "areas.geojson", false},
        Single{"corridors", "corridors.geojson", false}}) {
    const std::filesystem::path path = directory / single.file;
    if (!single.required && !std::filesystem::exists(path)) continue;
    TOCSIN_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    documents.push_back(MakeDocument(single.kind, single.kind, 1, std::move(text)));
  }
  std::sort(documents.begin(), documents.end());
  return documents;
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
