#include "lib/rules/condition.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/match.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {
namespace {

constexpr int64_t kMostCount = 1'000'000;

}  // namespace

std::vector<const EventType*> TypesOf(const Pack& pack, const Selection& selection) {
  std::vector<const EventType*> types;
  for (const auto& [name, type] : pack.types) {
    if (SelectsType(selection, name)) types.push_back(&type);
  }
  return types;
}

std::vector<std::string_view> Desks(const Pack& pack) {
  std::vector<std::string_view> desks;
  desks.reserve(pack.desks.size());
  for (const auto& [mission, desk] : pack.desks) desks.push_back(mission.str());
  return desks;
}

std::vector<std::string> TypesAndPrefixes(const Pack& pack) {
  std::vector<std::string> words;
  words.reserve(pack.types.size());
  std::set<std::string> prefixes;
  for (const auto& [name, type] : pack.types) {
    words.push_back(name);
    if (const size_t dot = name.find('.'); dot != std::string::npos) {
      prefixes.insert(name.substr(0, dot) + ".*");
    }
  }
  words.insert(words.end(), prefixes.begin(), prefixes.end());
  return words;
}

void CheckLanguage(MapReader& texts, const std::string& language) {
  const bool letters =
      std::all_of(language.begin(), language.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!letters || language.size() < 2 || language.size() > 3) {
    texts.Bad(language, "is not the code of a language, two or three lower-case letters: en, fr");
  }
}

std::string AttributeProblem(const std::vector<const EventType*>& types, const std::string& name,
                             const std::string& value) {
  bool known = false;
  for (const EventType* type : types) {
    const auto it = type->attributes.find(name);
    if (it == type->attributes.end()) continue;
    known = true;
    const std::string& kind = it->second;
    const bool open = kind == "text" || kind == "integer" || kind == "number" || kind == "boolean";
    if (open || value.empty() ||
        StrCat("|", kind, "|").find(StrCat("|", value, "|")) != std::string::npos) {
      return {};
    }
  }
  return known ? StrCat("no selected type allows '", value, "' for ", name)
               : StrCat("no selected type has the attribute ", name);
}

bool ConditionContext::HasSelection(const std::string& name) const {
  return std::any_of(rule.selections.begin(), rule.selections.end(),
                     [&](const Selection& s) { return s.name == name; });
}

std::vector<std::string_view> ConditionContext::Selections() const {
  std::vector<std::string_view> names;
  names.reserve(rule.selections.size());
  for (const Selection& selection : rule.selections) names.push_back(selection.name);
  return names;
}

bool ConditionContext::GroupsBy(std::string_view field) const {
  return std::find(rule.group_by.begin(), rule.group_by.end(), field) != rule.group_by.end();
}

void ConditionContext::CheckField(std::string_view key, const std::string& field) {
  if (field.empty() || field == "area" || field == "mission" || field == "corridor" ||
      field == "origin") {
    return;
  }
  std::vector<const EventType*> types;
  std::vector<std::string_view> known = {"area", "mission", "corridor", "origin"};
  for (const Selection& selection : rule.selections) {
    for (const EventType* type : TypesOf(pack, selection)) {
      types.push_back(type);
      for (const auto& [name, values] : type->attributes) known.push_back(name);
    }
  }
  const std::string problem = AttributeProblem(types, field, "");
  if (!problem.empty()) condition.Bad(key, problem, FixOf(field, known));
}

void ReadSeverities(ConditionContext in) {
  MapReader severities(in.problems, in.condition.Value("severities"), "condition.severities");
  std::map<Severity, int64_t>& read = in.rule.severities;
  for (const auto& [word, node] : severities.Entries()) {
    const std::optional<Severity> severity = SeverityOfWord(word);
    if (!severity) {
      severities.Bad(word, "is not minor, moderate, severe or extreme",
                     FixOf(word, WordsOf(Severity{})));
    }
    const int64_t count = severities.Integer(word, 1, kMostCount);
    if (severity) read[*severity] = count;
  }
  if (read.empty()) in.condition.Bad("severities", "needs one at least");
  int64_t last = 0;
  for (const auto& [severity, count] : read) {
    if (count <= last) in.condition.Bad("severities", "a graver one must need a greater count");
    last = count;
  }
}

}  // namespace tocsin::rules_internal
