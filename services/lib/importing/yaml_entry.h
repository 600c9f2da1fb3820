// A mapping of a YAML file whose fields report what is wrong with them. Internal to the library.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "lib/importing/importing.h"

namespace tocsin {

// Every reader reports its own problem and returns a harmless value. Fields that no reader asked
// for are reported by Done(), so that a misspelt key is never silently ignored.
class YamlEntry {
 public:
  // `node` need not be a mapping: that is then the problem.
  YamlEntry(const YAML::Node& node, std::string path, std::vector<ImportProblem>& problems);

  bool Has(const std::string& key);
  std::string Text(const std::string& key);                 // empty if absent
  std::string Need(const std::string& key);                 // a problem if absent or empty
  double Number(const std::string& key, double otherwise);  // finite
  int64_t Integer(const std::string& key, int64_t otherwise);
  std::vector<std::string> Texts(const std::string& key);          // a sequence of scalars
  std::map<std::string, std::string> Map(const std::string& key);  // a mapping of scalars
  YamlEntry Child(const std::string& key);                         // a mapping
  YAML::Node Node(const std::string& key);                         // anything; undefined if absent
  void Problem(const std::string& key, std::string reason);
  // Reports fields that nobody asked for.
  void Done();

  int64_t line() const { return line_; }

 private:
  YAML::Node Scalar(const std::string& key);

  YAML::Node node_;
  std::string path_;
  std::vector<ImportProblem>& problems_;
  std::set<std::string> asked_;
  int64_t line_ = 0;
};

// The text parsed, or a null node and a problem.
YAML::Node ParseYaml(std::string_view text, std::vector<ImportProblem>& problems);

// kind, component, protected_id, how, relayed_from, same_incident_as {mission, id}.
Source ReadSource(YamlEntry source);

}  // namespace tocsin
