// A rules folder as texts: for comparing and describing rules, whatever this release makes of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/keyed.h"
#include "lib/rulebook/facts.h"

namespace tocsin::ctl {

struct RuleFolder {
  std::map<std::string, Facts> rules;        // by id; missions' own forms, too
  std::map<std::string, std::string> files;  // by id: name of the file; not of forms
  std::map<std::string, std::vector<std::string>> timelines;  // by id: their names
  std::map<std::string, std::string> registers;               // by kind: its text
};

// NotFound or InvalidArgument names the file: it cannot be read, is no YAML, has no id or version,
// or has the id of another.
absl::StatusOr<RuleFolder> ReadRuleFolder(const std::string& folder);

// The same of documents that are in no folder; without files and timelines.
absl::StatusOr<RuleFolder> RuleFolderOf(const std::vector<Document>& documents);

}  // namespace tocsin::ctl
