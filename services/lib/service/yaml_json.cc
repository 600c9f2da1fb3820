#include "lib/service/yaml_json.h"

#include <cmath>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

namespace tocsin {
namespace {

// Deeper than any configuration; keeps recursion bounded.
constexpr int kMaxDepth = 32;

std::string At(const YAML::Mark& mark) {
  return absl::StrCat("line ", mark.line + 1, ", column ", mark.column + 1);
}

nlohmann::json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  // yaml-cpp tags quoted scalars "!" and plain ones "?".
  if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") {
    return text;
  }
  if (text == "true" || text == "True" || text == "TRUE") {
    return true;
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return false;
  }
  int64_t integer = 0;
  if (absl::SimpleAtoi(text, &integer)) {
    return integer;
  }
  double number = 0;
  if (absl::SimpleAtod(text, &number) && std::isfinite(number)) {
    return number;
  }
  return text;
}

absl::StatusOr<nlohmann::json> Convert(const YAML::Node& node, int depth) {
  if (depth > kMaxDepth) {
    return absl::InvalidArgumentError(absl::StrCat(At(node.Mark()), ": nested too deep"));
  }
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return nlohmann::json(nullptr);
    case YAML::NodeType::Scalar:
      return Scalar(node);
    case YAML::NodeType::Sequence: {
      nlohmann::json out = nlohmann::json::array();
      for (const YAML::Node& item : node) {
        absl::StatusOr<nlohmann::json> value = Convert(item, depth + 1);
        if (!value.ok()) {
          return value;
        }
        out.push_back(*std::move(value));
      }
      return out;
    }
    case YAML::NodeType::Map: {
      nlohmann::json out = nlohmann::json::object();
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) {
          return absl::InvalidArgumentError(
              absl::StrCat(At(entry.first.Mark()), ": a key must be a word"));
        }
        const std::string& key = entry.first.Scalar();
        if (out.contains(key)) {
          return absl::InvalidArgumentError(
              absl::StrCat(At(entry.first.Mark()), ": the key '", key, "' is there twice"));
        }
        absl::StatusOr<nlohmann::json> value = Convert(entry.second, depth + 1);
        if (!value.ok()) {
          return value;
        }
        out[key] = *std::move(value);
      }
      return out;
    }
  }
  return absl::InternalError("a YAML node of no known type");
}

}  // namespace

absl::StatusOr<nlohmann::json> YamlToJson(const std::string& yaml) {
  try {
    return Convert(YAML::Load(yaml), 0);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(At(error.mark), ": ", error.msg));
  }
}

}  // namespace tocsin
