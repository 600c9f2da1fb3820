#include "lib/importing/yaml_entry.h"

#include <cmath>
#include <utility>

#include <absl/strings/numbers.h>

#include "lib/base/text.h"
#include "lib/importing/csv.h"
#include "lib/importing/fields.h"
#include "lib/importing/record.h"

namespace tocsin {
namespace {

int64_t LineOf(const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? 1 : mark.line + 1;
}

}  // namespace

YamlEntry::YamlEntry(const YAML::Node& node, std::string path, std::vector<ImportProblem>& problems)
    : node_(node), path_(std::move(path)), problems_(problems), line_(LineOf(node_)) {
  if (!node_.IsMap()) {
    problems_.push_back({line_, path_, "is not a mapping of fields"});
    node_ = YAML::Node(YAML::NodeType::Map);
  }
}

YAML::Node YamlEntry::Node(const std::string& key) {
  asked_.insert(key);
  YAML::Node value = std::as_const(node_)[key];
  // The library's own answer for an absent key throws when it is asked what it is.
  return value.IsDefined() ? value : YAML::Node(YAML::NodeType::Undefined);
}

YAML::Node YamlEntry::Scalar(const std::string& key) {
  YAML::Node value = Node(key);
  if (value.IsDefined() && !value.IsScalar()) {
    Problem(key, "is not a single value");
    return YAML::Node(YAML::NodeType::Undefined);
  }
  return value;
}

bool YamlEntry::Has(const std::string& key) { return Node(key).IsDefined(); }

std::string YamlEntry::Text(const std::string& key) {
  const YAML::Node value = Scalar(key);
  return value.IsDefined() ? value.Scalar() : "";
}

std::string YamlEntry::Need(const std::string& key) {
  std::string text = Text(key);
  if (text.empty()) {
    Problem(key, "is missing");
  }
  return text;
}

double YamlEntry::Number(const std::string& key, double otherwise) {
  const YAML::Node value = Scalar(key);
  double number = otherwise;
  if (value.IsDefined() && (!absl::SimpleAtod(value.Scalar(), &number) || !std::isfinite(number))) {
    Problem(key, StrCat(Quoted(value.Scalar()), " is not a number"));
    return otherwise;
  }
  return number;
}

int64_t YamlEntry::Integer(const std::string& key, int64_t otherwise) {
  const YAML::Node value = Scalar(key);
  int64_t number = otherwise;
  if (value.IsDefined() && !absl::SimpleAtoi(value.Scalar(), &number)) {
    Problem(key, StrCat(Quoted(value.Scalar()), " is not a whole number"));
    return otherwise;
  }
  return number;
}

std::vector<std::string> YamlEntry::Texts(const std::string& key) {
  std::vector<std::string> texts;
  const YAML::Node list = Node(key);
  if (!list.IsDefined()) {
    return texts;
  }
  if (!list.IsSequence()) {
    Problem(key, "is not a list");
    return texts;
  }
  for (const YAML::Node& item : list) {
    if (item.IsScalar()) {
      texts.push_back(item.Scalar());
    } else {
      Problem(key, "holds something that is not a single value");
    }
  }
  return texts;
}

std::map<std::string, std::string> YamlEntry::Map(const std::string& key) {
  std::map<std::string, std::string> map;
  const YAML::Node node = Node(key);
  if (!node.IsDefined()) {
    return map;
  }
  if (!node.IsMap()) {
    Problem(key, "is not a mapping");
    return map;
  }
  for (const auto& item : node) {
    if (item.first.IsScalar() && item.second.IsScalar()) {
      map[item.first.Scalar()] = item.second.Scalar();
    } else {
      Problem(key, "holds something that is not a single value");
    }
  }
  return map;
}

YamlEntry YamlEntry::Child(const std::string& key) {
  return {Node(key), path_.empty() ? key : StrCat(path_, ".", key), problems_};
}

void YamlEntry::Problem(const std::string& key, std::string reason) {
  const YAML::Node value = std::as_const(node_)[key];
  const std::string path =
      path_.empty() || key.empty() ? StrCat(path_, key) : StrCat(path_, ".", key);
  problems_.push_back({value.IsDefined() ? LineOf(value) : line_, path, std::move(reason)});
}

void YamlEntry::Done() {
  std::set<std::string> seen;
  for (const auto& item : node_) {
    if (!item.first.IsScalar()) {
      problems_.push_back({LineOf(item.first), path_, "has a key that is not a single value"});
      continue;
    }
    const std::string& key = item.first.Scalar();
    if (asked_.count(key) == 0) {
      problems_.push_back({LineOf(item.first), path_.empty() ? key : StrCat(path_, ".", key),
                           "is no field that is known here"});
    } else if (!seen.insert(key).second) {
      problems_.push_back(
          {LineOf(item.first), path_.empty() ? key : StrCat(path_, ".", key), "is given twice"});
    }
  }
}

YAML::Node ParseYaml(std::string_view text, std::vector<ImportProblem>& problems) {
  if (text.size() > kLongestYaml) {
    problems.push_back({1, "", StrCat("the file is longer than ", kLongestYaml, " bytes")});
    return {};
  }
  if (!IsValidUtf8(text)) {
    problems.push_back({1, "", "the file is not valid UTF-8"});
    return {};
  }
  try {
    return YAML::Load(std::string(text));
  } catch (const YAML::Exception& e) {
    problems.push_back({e.mark.is_null() ? 1 : e.mark.line + 1, "", StrCat("no YAML: ", e.msg)});
    return {};
  }
}

bool ParseGrading(std::string_view text, Grading& grading) {
  if (text.size() != 2 || text[0] < 'A' || text[0] > 'F' || text[1] < '1' || text[1] > '6') {
    return false;
  }
  grading = {std::string(text.substr(0, 1)), std::string(text.substr(1))};
  return true;
}

Nature ParseNature(std::string_view text) {
  return text == "observed"   ? Nature::kObserved
         : text == "expected" ? Nature::kExpected
         : text == "declared" ? Nature::kDeclared
         : text == "planned"  ? Nature::kPlanned
                              : Nature::kUnspecified;
}

Source ReadSource(YamlEntry source) {
  Source result;
  result.kind = source.Need("kind");
  result.component = source.Text("component");
  result.protected_id = source.Text("protected_id");
  result.how_obtained = source.Text("how");
  result.relayed_from = source.Text("relayed_from");
  if (source.Has("same_incident_as")) {
    YamlEntry same = source.Child("same_incident_as");
    result.same_incident_as = Identity{MissionId(same.Need("mission")), EventId(same.Need("id"))};
    same.Done();
  }
  source.Done();
  return result;
}

}  // namespace tocsin
