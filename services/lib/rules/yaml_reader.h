// Strict reading of YAML documents: every key must be known and of its type, none may be there
// twice.
//
// Readers never throw and never stop: a failed read notes the problem and yields an empty value, so
// that parsing code reads straight on and asks Problems::status() once at the end. What only
// follows from a value that could not be read is not noted again.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include "lib/base/time.h"
#include "lib/rules/problem.h"
#include "lib/rules/suggest.h"

namespace tocsin {

// The problems and doubts of one document, in the order in which they were found. Each is kept
// once, and no more than kMostProblems.
class Problems {
 public:
  static constexpr size_t kMostProblems = 100;

  explicit Problems(std::string document) : document_(std::move(document)) {}
  // Where `at` has no place in the text, line and column stay 0.
  void Add(const YAML::Node& at, std::string_view key, std::string_view reason,
           std::string_view fix = "");
  void Add(std::string_view key, std::string_view reason, std::string_view fix = "");
  void Add(const YAML::Mark& mark, std::string_view key, std::string_view reason,
           std::string_view fix = "", bool doubt = false);
  // Nothing is noted any more at `key` or below it: it could not be read, and that has been said.
  void Close(std::string_view key);

  const std::vector<Problem>& list() const { return list_; }
  // Of the first problem; doubts do not count.
  absl::Status status() const;

 private:
  bool IsClosed(std::string_view key) const;

  std::string document_;
  std::vector<Problem> list_;
  std::set<Problem> seen_;
  std::set<std::string, std::less<>> closed_;
};

// One YAML document whose top is a map. Absent, and a problem, for text that is none, is longer
// than `most_bytes`, is not UTF-8, has control characters, or uses anchors or aliases: a value that
// stands elsewhere than where it is read could not be named by line.
std::optional<YAML::Node> LoadYaml(Problems& problems, std::string_view text, size_t most_bytes);

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
  // A word that `parse` knows. WordsOf(T) lists these.
  template <class T>
  T Word(std::string_view key, const std::function<std::optional<T>(std::string_view)>& parse) {
    const std::string word = Text(key);
    if (word.empty()) return T{};
    const std::optional<T> value = parse(word);
    if (!value) Bad(key, "'" + word + "' is not one of its values", FixOf(word, WordsOf(T{})));
    return value.value_or(T{});
  }
  // Texts without repetition; empty where the key is missing.
  std::vector<std::string> Texts(std::string_view key);
  // Entries of the map at `key` in their order: name and value.
  std::vector<std::pair<std::string, YAML::Node>> Entries(std::string_view key);
  // Entries of this map itself; then every key counts as known.
  std::vector<std::pair<std::string, YAML::Node>> Entries();

  // Notes a problem at a key of this map, or at the map.
  void Bad(std::string_view key, std::string_view reason, std::string_view fix = "");
  // The same at an item of the list at `key`.
  void BadItem(std::string_view key, std::string_view item, std::string_view reason,
               std::string_view fix = "");
  // Notes what is legal but hardly meant.
  void Doubt(std::string_view key, std::string_view reason, std::string_view fix = "");
  // Notes every key that was never asked for, with what may have been meant.
  void Done();

  std::string PathOf(std::string_view key) const;

 private:
  std::optional<std::string> Scalar(std::string_view key, const YAML::Node& node);
  // A value that is of another type: says so, and that nothing else need be said of it.
  void Broken(std::string_view key, const YAML::Node& at, std::string_view reason);
  const YAML::Node* Find(std::string_view key) const;

  Problems& problems_;
  YAML::Node node_;
  std::string path_;
  std::vector<std::pair<YAML::Node, YAML::Node>> entries_;  // with keys that are text
  std::map<std::string, size_t, std::less<>> index_;        // the first entry of a key
  std::set<std::string, std::less<>> known_;                // asked for
};

}  // namespace tocsin
