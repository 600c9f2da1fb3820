#include "tocsinctl/rule_folder.h"

#include <filesystem>

#include <yaml-cpp/yaml.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/packfiles/load.h"
#include "tocsinctl/context.h"

namespace tocsin::ctl {
namespace {

// Names of the timelines in <id>.tests.yaml. What is wrong with them `rules test` says.
absl::StatusOr<std::vector<std::string>> TimelineNames(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return names;
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  try {
    for (const YAML::Node& timeline : YAML::Load(text)["timelines"]) {
      if (timeline.IsMap() && timeline["name"].IsDefined() && timeline["name"].IsScalar()) {
        names.push_back(timeline["name"].Scalar());
      }
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(StrCat(path, ": ", e.what()));
  }
  return names;
}

absl::Status AddForms(const std::vector<Document>& documents, RuleFolder& folder) {
  std::map<std::string, std::string> rules;
  for (const Document& document : documents) {
    if (document.kind == "rule") rules[document.name] = document.text;
  }
  for (const Document& document : documents) {
    if (document.kind != "overrides") continue;
    TOCSIN_ASSIGN_OR_RETURN(auto forms, FactsOfForms("overrides/" + document.name, document.name,
                                                     document.text, rules));
    folder.rules.merge(forms);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RuleFolder> ReadRuleFolder(const std::string& folder) {
  TOCSIN_ASSIGN_OR_RETURN(const PackFiles files, LoadAnyPackFiles(folder));
  RuleFolder read;
  TOCSIN_RETURN_IF_ERROR(AddForms(files.documents, read));
  for (const auto& [id, facts] : read.rules) {
    TOCSIN_ASSIGN_OR_RETURN(read.timelines[id],
                            TimelineNames(StrCat(folder, "/overrides/", id, ".tests.yaml")));
  }
  for (size_t i = 0; i < files.files.size(); ++i) {
    const Document& document = files.documents[i];
    if (document.kind == "overrides") continue;
    if (document.kind != "rule") {
      read.registers[document.kind] = document.text;
      continue;
    }
    const std::string& path = files.files[i];
    TOCSIN_ASSIGN_OR_RETURN(Facts facts, FactsOf(path, document.text));
    if (document.version == 0) {
      return absl::InvalidArgumentError(
          StrCat(path, ": has no id, or no version; `rules lint` says which"));
    }
    const std::string& id = document.name;
    if (!read.rules.emplace(id, std::move(facts)).second) {
      return absl::InvalidArgumentError(StrCat(path, ": id: two rules have the id ", id));
    }
    read.files[id] = std::filesystem::path(path).filename().string();
    TOCSIN_ASSIGN_OR_RETURN(read.timelines[id],
                            TimelineNames(StrCat(folder, "/pack/", id, ".tests.yaml")));
  }
  return read;
}

absl::StatusOr<RuleFolder> RuleFolderOf(const std::vector<Document>& documents) {
  RuleFolder read;
  TOCSIN_RETURN_IF_ERROR(AddForms(documents, read));
  for (const Document& document : documents) {
    if (document.kind == "overrides") continue;
    if (document.kind == "rule") {
      TOCSIN_ASSIGN_OR_RETURN(read.rules[document.name],
                              FactsOf("rule/" + document.name, document.text));
    } else {
      read.registers[document.kind] = document.text;
    }
  }
  return read;
}

}  // namespace tocsin::ctl
