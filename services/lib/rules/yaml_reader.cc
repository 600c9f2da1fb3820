#include "lib/rules/yaml_reader.h"

#include <charconv>
#include <cmath>
#include <exception>
#include <utility>

#include "lib/base/text.h"
#include "lib/domain/utf8.h"
#include "lib/rules/durations.h"

namespace tocsin {
namespace {

// yaml-cpp marks a quoted scalar with the tag "!".
bool IsPlain(const YAML::Node& node) { return node.Tag() != "!"; }

}  // namespace

void Problems::Add(const YAML::Node& at, std::string_view key, std::string_view reason) {
  if (!status_.ok()) return;
  const YAML::Mark mark = at.IsDefined() ? at.Mark() : YAML::Mark::null_mark();
  if (mark.is_null()) return Add(key, reason);
  status_ = absl::InvalidArgumentError(StrCat(document_, ":", mark.line + 1, ":", mark.column + 1,
                                              ": ", key, key.empty() ? "" : ": ", reason));
}

void Problems::Add(std::string_view key, std::string_view reason) {
  if (!status_.ok()) return;
  status_ =
      absl::InvalidArgumentError(StrCat(document_, ": ", key, key.empty() ? "" : ": ", reason));
}

absl::StatusOr<YAML::Node> LoadYaml(const std::string& document, std::string_view text,
                                    size_t most_bytes) {
  Problems problems(document);
  if (text.size() > most_bytes) {
    problems.Add("", StrCat("is ", text.size(), " bytes long; at most ", most_bytes, " are read"));
    return problems.status();
  }
  if (!IsUtf8(text)) {
    problems.Add("", "is not UTF-8");
    return problems.status();
  }
  try {
    const std::vector<YAML::Node> nodes = YAML::LoadAll(std::string(text));
    if (nodes.size() != 1 || !nodes[0].IsMap()) {
      problems.Add("", "must be one YAML document with a map at its top");
      return problems.status();
    }
    return nodes[0];
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(StrCat(document, ":", error.mark.line + 1, ":",
                                             error.mark.column + 1, ": is not YAML: ", error.msg));
  } catch (const std::exception& error) {
    problems.Add("", StrCat("is not YAML: ", error.what()));
    return problems.status();
  }
}

MapReader::MapReader(Problems& problems, const YAML::Node& node, std::string path)
    : problems_(problems), node_(node), path_(std::move(path)) {
  if (!node_.IsDefined() || !node_.IsMap()) {
    problems_.Add(node_, path_, "must be a map");
    node_ = YAML::Node(YAML::NodeType::Map);
    return;
  }
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problems_.Add(entry.first, path_, "a key must be plain text");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      problems_.Add(entry.first, PathOf(entry.first.Scalar()), "is there twice");
    }
  }
}

std::string MapReader::PathOf(std::string_view key) const {
  if (path_.empty()) return std::string(key);
  return key.empty() ? path_ : StrCat(path_, ".", key);
}

void MapReader::Bad(std::string_view key, std::string_view reason) {
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      problems_.Add(entry.second, PathOf(key), reason);
      return;
    }
  }
  problems_.Add(node_, PathOf(key), reason);
}

bool MapReader::Has(std::string_view key) {
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      known_.insert(std::string(key));
      return true;
    }
  }
  return false;
}

YAML::Node MapReader::Value(std::string_view key) {
  known_.insert(std::string(key));
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  }
  Bad(key, "is missing");
  return YAML::Node(YAML::NodeType::Undefined);
}

std::optional<std::string> MapReader::Scalar(std::string_view key, const YAML::Node& node) {
  if (!node.IsDefined()) return std::nullopt;
  if (!node.IsScalar() || node.Scalar().empty()) {
    problems_.Add(node, PathOf(key), "must be text that is not empty");
    return std::nullopt;
  }
  return node.Scalar();
}

std::string MapReader::Text(std::string_view key) {
  return Scalar(key, Value(key)).value_or(std::string());
}

int64_t MapReader::Integer(std::string_view key, int64_t least, int64_t most) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return 0;
  int64_t value = 0;
  bool good = node.IsScalar() && IsPlain(node);
  if (good) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    good = error == std::errc() && end == text.data() + text.size();
  }
  if (!good || value < least || value > most) {
    Bad(key, StrCat("must be a whole number from ", least, " to ", most));
    return 0;
  }
  return value;
}

double MapReader::Number(std::string_view key) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return 0;
  double value = 0;
  bool good = node.IsScalar() && IsPlain(node);
  if (good) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    good = error == std::errc() && end == text.data() + text.size();
  }
  if (!good || !std::isfinite(value)) {
    Bad(key, "must be a finite number");
    return 0;
  }
  return value;
}

bool MapReader::Bool(std::string_view key) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return false;
  const bool plain = node.IsScalar() && IsPlain(node);
  if (!plain || (node.Scalar() != "true" && node.Scalar() != "false")) {
    Bad(key, "must be true or false");
    return false;
  }
  return node.Scalar() == "true";
}

Duration MapReader::DurationAt(std::string_view key, bool zero_allowed) {
  const std::string text = Text(key);
  if (text.empty()) return Duration(0);
  const std::optional<Duration> value = DurationOf(text);
  if (!value || (*value == Duration(0) && !zero_allowed)) {
    Bad(key, StrCat("'", text, "' must be ", zero_allowed ? "" : "more than nothing, ",
                    "a whole number with s, m, h or d, at most ten years"));
    return Duration(0);
  }
  return *value;
}

std::vector<std::string> MapReader::Texts(std::string_view key) {
  std::vector<std::string> texts;
  if (!Has(key)) return texts;
  const YAML::Node node = Value(key);
  if (!node.IsSequence()) {
    Bad(key, "must be a list");
    return texts;
  }
  std::set<std::string> seen;
  for (const YAML::Node& item : node) {
    std::optional<std::string> text = Scalar(key, item);
    if (!text) continue;
    if (!seen.insert(*text).second) {
      problems_.Add(item, PathOf(key), StrCat("'", *text, "' is there twice"));
    }
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::vector<std::pair<std::string, YAML::Node>> MapReader::Entries(std::string_view key) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return {};
  return MapReader(problems_, node, PathOf(key)).Entries();
}

std::vector<std::pair<std::string, YAML::Node>> MapReader::Entries() {
  std::vector<std::pair<std::string, YAML::Node>> entries;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) continue;
    known_.insert(entry.first.Scalar());
    entries.emplace_back(entry.first.Scalar(), entry.second);
  }
  return entries;
}

void MapReader::Done() {
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && !known_.contains(entry.first.Scalar())) {
      problems_.Add(entry.first, PathOf(entry.first.Scalar()), "is not a known key");
      return;
    }
  }
}

}  // namespace tocsin
