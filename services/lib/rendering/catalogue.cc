#include "lib/rendering/catalogue.h"

#include <utility>

#include <yaml-cpp/yaml.h>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"

namespace tocsin {
namespace {

absl::Status Bad(const YAML::Node& node, const std::string& what) {
  const YAML::Mark mark = node.Mark();
  return absl::InvalidArgumentError(
      StrCat("catalogue line ", mark.is_null() ? 1 : mark.line + 1, ": ", what));
}

absl::Status ReadWords(const YAML::Node& node, std::map<std::string, std::string>& words) {
  for (const auto& item : node) {
    if (!item.first.IsScalar() || !(item.second.IsScalar() || item.second.IsNull())) {
      return Bad(item.first, "is not a word and its text");
    }
    words[item.first.Scalar()] = item.second.IsNull() ? "" : item.second.Scalar();
  }
  return absl::OkStatus();
}

// The texts of a rule; what this version has no place for is left alone.
absl::Status ReadRule(const YAML::Node& node, RuleTexts& rule) {
  const std::map<std::string, std::string RuleTexts::*> places = {
      {"headline", &RuleTexts::headline},
      {"headline_one", &RuleTexts::headline_one},
      {"headline_unknown", &RuleTexts::headline_unknown},
      {"headline_resolved", &RuleTexts::headline_resolved},
      {"basis", &RuleTexts::basis},
      {"action", &RuleTexts::action},
      {"action_resolved", &RuleTexts::action_resolved},
      {"unknown", &RuleTexts::unknown},
      {"ask", &RuleTexts::ask},
      {"each", &RuleTexts::each},
      {"absent", &RuleTexts::absent},
      {"sides", &RuleTexts::sides}};
  std::map<std::string, std::string> texts;
  for (const auto& item : node) {
    const std::string name = item.first.IsScalar() ? item.first.Scalar() : "";
    if (name != "steps") {
      YAML::Node one;
      one[item.first] = item.second;
      if (absl::Status status = ReadWords(one, texts); !status.ok()) return status;
      continue;
    }
    if (!item.second.IsMap()) return Bad(item.first, "is not the steps and their texts");
    for (const auto& step : item.second) {
      if (!step.first.IsScalar() || !step.second.IsScalar()) {
        return Bad(step.first, "is not a step and its text");
      }
      rule.steps.emplace_back(step.first.Scalar(), step.second.Scalar());
    }
  }
  for (const auto& [name, place] : places) rule.*place = texts[name];
  rule.any_order = texts["any_order"] == "true";
  return absl::OkStatus();
}

absl::StatusOr<Catalogue> Failed(absl::Status status) { return status; }

}  // namespace

absl::StatusOr<Catalogue> Catalogue::Parse(std::string_view yaml) {
  Catalogue catalogue;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (!root.IsMap()) {
      return absl::InvalidArgumentError("the catalogue is not a mapping");
    }
    for (const auto& section : root) {
      const std::string& name = section.first.Scalar();
      if (section.second.IsScalar()) {
        if (name == "language") {
          catalogue.language_ = section.second.Scalar();
        }
        continue;
      }
      if (!section.second.IsMap()) {
        return Failed(Bad(section.first, StrCat("section ", name, " is not a mapping")));
      }
      if (name != "rules") {
        if (absl::Status status = ReadWords(section.second, catalogue.sections_[name]);
            !status.ok()) {
          return status;
        }
        continue;
      }
      for (const auto& rule : section.second) {
        if (!rule.second.IsMap()) {
          return Failed(Bad(rule.first, "is not the texts of a rule"));
        }
        if (absl::Status status = ReadRule(rule.second, catalogue.rules_[rule.first.Scalar()]);
            !status.ok()) {
          return status;
        }
      }
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(
        StrCat("catalogue line ", e.mark.is_null() ? 1 : e.mark.line + 1, ": ", e.msg));
  }
  if (catalogue.language_.empty()) {
    return absl::InvalidArgumentError("the catalogue does not say its language");
  }
  return catalogue;
}

bool Catalogue::Has(const std::string& section, const std::string& code) const {
  const auto it = sections_.find(section);
  return it != sections_.end() && it->second.count(code) > 0;
}

std::string Catalogue::Words(const std::string& section, const std::string& code) const {
  const auto it = sections_.find(section);
  if (it == sections_.end()) {
    return code;
  }
  const auto word = it->second.find(code);
  return word == it->second.end() ? code : word->second;
}

const RuleTexts& Catalogue::Rule(const std::string& id) const {
  static const auto* const kNone = new RuleTexts;
  const auto it = rules_.find(FormOf(RuleId(id)).rule.str());
  return it == rules_.end() ? *kNone : it->second;
}

std::set<std::string> Catalogue::Rules() const {
  std::set<std::string> ids;
  for (const auto& [id, texts] : rules_) ids.insert(id);
  return ids;
}

std::string Fill(std::string_view pattern, const std::map<std::string, std::string>& values) {
  std::string filled;
  while (!pattern.empty()) {
    const size_t open = pattern.find('{');
    const size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) {
      filled += pattern;
      break;
    }
    filled += pattern.substr(0, open);
    const auto it = values.find(std::string(pattern.substr(open + 1, close - open - 1)));
    if (it != values.end()) {
      filled += it->second;
    }
    pattern.remove_prefix(close + 1);
  }
  return filled;
}

std::set<std::string> NamesIn(std::string_view pattern) {
  std::set<std::string> names;
  while (true) {
    const size_t open = pattern.find('{');
    const size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) return names;
    names.insert(std::string(pattern.substr(open + 1, close - open - 1)));
    pattern.remove_prefix(close + 1);
  }
}

}  // namespace tocsin
