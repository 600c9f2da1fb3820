#include "lib/service/options_merge.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include "lib/service/yaml_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : absl::StrCat(path, ".", key);
}

bool IsSection(const Json& value) { return value.is_object() && !value.empty(); }

std::string KnownKeys(const Json& section) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : section.items()) {
    keys.push_back(key);
  }
  return absl::StrJoin(keys, ", ");
}

class Merger {
 public:
  Merger(const Json& defaults, std::vector<std::string>& errors)
      : defaults_(defaults), options_(defaults), errors_(errors) {}

  void Layer(const std::string& origin, const Json& layer) {
    if (!layer.is_object()) {
      Error(origin, "", "the options must be a map of keys and values");
      return;
    }
    Section(origin, "", defaults_, layer, options_);
  }

  // One value by its dotted path, as YAML text.
  void One(const std::string& origin, const std::string& path, const std::string& text) {
    const Json* expected = &defaults_;
    Json* target = &options_;
    const std::vector<std::string> parts = absl::StrSplit(path, '.');
    for (size_t i = 0; i < parts.size(); ++i) {
      if (expected->is_object() && expected->empty() && i > 0) {
        // The rest of the path is a key of a free map; it may itself hold dots (librdkafka's do).
        const std::string key =
            absl::StrJoin(parts.begin() + static_cast<std::ptrdiff_t>(i), parts.end(), ".");
        (*target)[key] = text;
        return;
      }
      if (!expected->is_object() || !expected->contains(parts[i])) {
        Error(origin, path, "unknown key");
        return;
      }
      expected = &(*expected)[parts[i]];
      target = &(*target)[parts[i]];
    }
    if (expected->is_string()) {
      *target = text;  // as it stands: no quoting needed on a command line
      return;
    }
    const absl::StatusOr<Json> value = YamlToJson(text);
    if (!value.ok()) {
      Error(origin, path, std::string(value.status().message()));
      return;
    }
    Value(origin, path, *expected, *value, *target);
  }

  void RequireAll() { Require("", defaults_, options_); }
  void Error(const std::string& origin, const std::string& path, const std::string& what) {
    errors_.push_back(absl::StrCat(origin, path.empty() ? "" : ": ", path, ": ", what));
  }
  Json Take() { return std::move(options_); }

 private:
  void Section(const std::string& origin, const std::string& path, const Json& expected,
               const Json& given, Json& target) {
    for (const auto& [key, value] : given.items()) {
      const std::string here = Join(path, key);
      if (!expected.contains(key)) {
        Error(origin, here, absl::StrCat("unknown key; known are ", KnownKeys(expected)));
        continue;
      }
      Value(origin, here, expected[key], value, target[key]);
    }
  }

  void Value(const std::string& origin, const std::string& path, const Json& expected,
             const Json& given, Json& target) {
    if (IsSection(expected)) {
      if (given.is_object()) {
        Section(origin, path, expected, given, target);
      } else {
        Error(origin, path, absl::StrCat("expected a map with ", KnownKeys(expected)));
      }
      return;
    }
    const char* wanted = nullptr;
    if (given.is_null()) {
      wanted = "a value";
    } else if (expected.is_string()) {
      if (given.is_structured()) {
        wanted = "text";
      } else {
        // A number or word where text is meant: "mission: 7".
        target = given.is_string() ? given : Json(given.dump());
        return;
      }
    } else if (expected.is_boolean() && !given.is_boolean()) {
      wanted = "true or false";
    } else if (expected.is_number_integer() && !given.is_number_integer()) {
      wanted = "a whole number";
    } else if (expected.is_number_float() && !given.is_number()) {
      wanted = "a number";
    } else if (expected.is_array() && !given.is_array()) {
      wanted = "a list";
    } else if (expected.is_object() && !given.is_object()) {
      wanted = "a map";
    }
    if (wanted != nullptr) {
      Error(origin, path, absl::StrCat("expected ", wanted, ", not ", given.dump()));
      return;
    }
    target = given;
  }

  void Require(const std::string& path, const Json& expected, const Json& value) {
    if (expected.is_null() && value.is_null()) {
      errors_.push_back(absl::StrCat(path, ": required, and not given"));
    }
    if (IsSection(expected)) {
      for (const auto& [key, inner] : expected.items()) {
        Require(Join(path, key), inner, value[key]);
      }
    }
  }

  const Json& defaults_;
  Json options_;
  std::vector<std::string>& errors_;
};

void CollectLeaves(const std::string& path, const Json& value, std::vector<std::string>& out) {
  if (!IsSection(value)) {
    out.push_back(path);
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    CollectLeaves(Join(path, key), inner, out);
  }
}

std::string Upper(std::string_view text) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(std::string(text), {{"-", "_"}, {".", "_"}}));
}

}  // namespace

std::string EnvironmentName(const std::string& program, const std::string& dotted_key) {
  return absl::StrCat("TOCSIN_", Upper(program), "_", Upper(dotted_key));
}

std::vector<std::string> LeafKeys(const Json& defaults) {
  std::vector<std::string> out;
  if (IsSection(defaults)) {
    CollectLeaves("", defaults, out);
  }
  return out;
}

absl::StatusOr<Json> MergeOptions(const std::string& program, const Json& defaults,
                                  const OptionLayers& layers) {
  std::vector<std::string> errors;
  Merger merger(defaults, errors);
  if (!layers.file_text.empty()) {
    const absl::StatusOr<Json> file = YamlToJson(layers.file_text);
    if (!file.ok()) {
      merger.Error(layers.file_name, "", std::string(file.status().message()));
    } else if (!file->is_null()) {  // a file of comments alone
      merger.Layer(layers.file_name, *file);
    }
  }
  std::map<std::string, std::string> key_of;
  for (const std::string& key : LeafKeys(defaults)) {
    key_of[EnvironmentName(program, key)] = key;
  }
  const std::string prefix = absl::StrCat("TOCSIN_", Upper(program), "_");
  for (const auto& [name, text] : layers.environment) {
    if (!absl::StartsWith(name, prefix)) {
      continue;
    }
    const auto known = key_of.find(name);
    if (known == key_of.end()) {
      merger.Error("environment", name, "names no option of this program");
    } else {
      merger.One(name, known->second, text);
    }
  }
  for (const std::string& set : layers.sets) {
    const size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      merger.Error("--set", set, "expected key.path=value");
    } else {
      merger.One("--set", set.substr(0, equals), set.substr(equals + 1));
    }
  }
  merger.RequireAll();
  if (!errors.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
  }
  return merger.Take();
}

}  // namespace tocsin
