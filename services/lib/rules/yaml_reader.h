// Strict reading of YAML documents: every key must be known and of its type, none may be there
// twice.
//
// Readers never throw and never stop: a failed read notes the first problem and yields an empty
// value, so that parsing code reads straight on and asks Problems::status() once at the end.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include "lib/base/time.h"

namespace tocsin {

// The first problem of one document.
class Problems {
 public:
  explicit Problems(std::string document) : document_(std::move(document)) {}
  // "<document>:<line>:<column>: <key>: <reason>"; line and column from 1, left out where unknown.
  void Add(const YAML::Node& at, std::string_view key, std::string_view reason);
  void Add(std::string_view key, std::string_view reason);
  const absl::Status& status() const { return status_; }

 private:
  std::string document_;
  absl::Status status_;
};

// One YAML document whose top is a map; InvalidArgument for text that is none, is not UTF-8 or is
// longer than `most_bytes`.
absl::StatusOr<YAML::Node> LoadYaml(const std::string& document, std::string_view text,
                                    size_t most_bytes);

// One map of the document. `path` names it in messages: "" for the top.
class MapReader {
 public:
  MapReader(Problems& problems, const YAML::Node& node, std::string path);

  bool Has(std::string_view key);
  // A required value of any type; undefined (and a problem) where missing.
  YAML::Node Value(std::string_view key);
  std::string Text(std::string_view key);  // not empty
  int64_t Integer(std::string_view key, int64_t least, int64_t most);
  double Number(std::string_view key);  // finite
  bool Bool(std::string_view key);
  Duration DurationAt(std::string_view key, bool zero_allowed);
  // A word that `parse` knows.
  template <class T>
  T Word(std::string_view key, const std::function<std::optional<T>(std::string_view)>& parse) {
    const std::string word = Text(key);
    if (word.empty()) return T{};
    const std::optional<T> value = parse(word);
    if (!value) Bad(key, "'" + word + "' is not one of its values");
    return value.value_or(T{});
  }
  // Texts without repetition; empty where the key is missing.
  std::vector<std::string> Texts(std::string_view key);
  // Entries of the map at `key` in their order: name and value.
  std::vector<std::pair<std::string, YAML::Node>> Entries(std::string_view key);
  // Entries of this map itself; then every key counts as known.
  std::vector<std::pair<std::string, YAML::Node>> Entries();

  // Notes a problem at a key of this map, or at the map.
  void Bad(std::string_view key, std::string_view reason);
  // Notes the first key that was never asked for.
  void Done();

  std::string PathOf(std::string_view key) const;

 private:
  std::optional<std::string> Scalar(std::string_view key, const YAML::Node& node);

  Problems& problems_;
  YAML::Node node_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace tocsin
