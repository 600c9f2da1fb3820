#include "lib/rulebook/facts.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "lib/rules/durations.h"
#include "lib/rules/overrides.h"
#include "lib/rules/parse.h"
#include "lib/rules/yaml_reader.h"

namespace tocsin {
namespace {

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsLength(std::string_view key) {
  return IsOneOf(key, {"window", "within", "every", "stands", "longer_than", "gap", "bucket",
                       "baseline", "half_life", "ahead", "lifetime"});
}

// "40.0" and "040" are 40; what is no number stays as it is.
std::string ShortNumber(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return text;
  std::string written(32, '\0');
  const auto [last, problem] = std::to_chars(written.data(), written.data() + written.size(), value,
                                             std::chars_format::fixed);
  if (problem != std::errc()) return text;
  written.resize(static_cast<size_t>(last - written.data()));
  return written;
}

// Folded and blank lines, and line breaks within a paragraph, are layout.
std::string OneParagraph(const std::string& text) {
  std::string joined;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = !joined.empty();
      continue;
    }
    if (space) joined.push_back(' ');
    space = false;
    joined.push_back(c);
  }
  return joined;
}

std::string Value(const std::string& path, const std::string& text) {
  const std::string_view key = std::string_view(path).substr(path.rfind('.') + 1);
  if (path.starts_with("title.") || path == "why") return OneParagraph(text);
  if (path == "lifetime" || (path.starts_with("condition.") && IsLength(key))) {
    return LengthInWords(text);
  }
  const bool number = path == "version" || path.starts_with("condition.") ||
                      path.find(".min.") != std::string::npos;
  return number ? ShortNumber(text) : text;
}

void Flatten(const YAML::Node& node, const std::string& path, bool plain, Facts& facts) {
  if (node.IsMap()) {
    std::vector<std::string> members;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      members.push_back(entry.first.Scalar());
      Flatten(entry.second, path.empty() ? members.back() : path + "." + members.back(), plain,
              facts);
    }
    if (path == "selections" || plain) facts.Set(path, {std::move(members), true, true});
    return;
  }
  Fact fact;
  if (node.IsSequence()) {
    fact.list = true;
    fact.ordered = plain || path == "group_by" || path == "condition.steps";
    for (const YAML::Node& item : node) {
      if (item.IsScalar()) fact.values.push_back(item.Scalar());
    }
    if (!fact.ordered) std::sort(fact.values.begin(), fact.values.end());
    if (fact.values.empty() && !plain) return;  // the same as none
  } else if (node.IsScalar()) {
    fact.values.push_back(plain ? node.Scalar() : Value(path, node.Scalar()));
  } else {
    return;
  }
  facts.Set(path, std::move(fact));
}

// Defaults are said out loud: leaving one out is the same as writing it.
void AddDefaults(Facts& facts) {
  for (const std::string& name : facts.List("selections")) {
    const std::string natures = StrCat("selections.", name, ".natures");
    if (!facts.Has(natures)) facts.Set(natures, {{"observed"}, true, false});
  }
  if (!facts.Has("state")) facts.Set("state", {{"live"}, false, false});
  if (IsOneOf(facts.Text("kind"), {"event_count", "value_count"}) &&
      !facts.Has("condition.tumbling")) {
    facts.Set("condition.tumbling", {{"false"}, false, false});
  }
  if (IsOneOf(facts.Text("kind"), {"temporal", "temporal_ordered"}) &&
      !facts.Has("condition.take")) {
    facts.Set("condition.take", {{"every"}, false, false});
  }
  if (facts.Has("address")) {
    facts.Set("address", {facts.List("address"), true, false});
  }
  if (facts.Has("lifetime")) return;
  for (const char* const window : {"window", "within", "every", "stands", "bucket"}) {
    const std::string length = facts.Text(StrCat("condition.", window));
    if (length.empty()) continue;
    facts.Set("lifetime", {{length}, false, false});
    return;
  }
}

int64_t NumberOf(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

absl::StatusOr<Facts> Read(const std::string& where, const std::string& text, bool plain) {
  Problems problems(where);
  const std::optional<YAML::Node> root =
      LoadYaml(problems, text, plain ? kMostRegisterBytes : kMostRuleBytes);
  if (!root) return problems.status();
  Facts facts;
  Flatten(*root, "", plain, facts);
  if (!plain) AddDefaults(facts);
  return facts;
}

}  // namespace

std::string Facts::Text(const std::string& path) const {
  const auto it = facts_.find(path);
  return it == facts_.end() || it->second.values.empty() ? "" : it->second.values.front();
}

std::vector<std::string> Facts::List(const std::string& path) const {
  const auto it = facts_.find(path);
  return it == facts_.end() ? std::vector<std::string>() : it->second.values;
}

std::vector<std::string> Facts::Members(const std::string& path) const {
  std::vector<std::string> members;
  for (auto it = facts_.lower_bound(path + "."); it != facts_.end(); ++it) {
    if (!it->first.starts_with(path + ".")) break;
    const std::string rest = it->first.substr(path.size() + 1);
    const std::string member = rest.substr(0, rest.find('.'));
    if (members.empty() || members.back() != member) members.push_back(member);
  }
  return members;
}

absl::StatusOr<Facts> FactsOf(const std::string& where, const std::string& text) {
  return Read(where, text, false);
}

absl::StatusOr<std::map<std::string, Facts>> FactsOfForms(
    const std::string& where, const std::string& mission, const std::string& text,
    const std::map<std::string, std::string>& rules) {
  Problems problems(where);
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRegisterBytes);
  if (!root) return problems.status();
  std::map<std::string, Facts> forms;
  for (const auto& [rule, over] : MapReader(problems, *root, "").Entries("overrides")) {
    const auto base = rules.find(rule);
    if (base == rules.end() || !over.IsMap()) {
      return absl::InvalidArgumentError(
          StrCat(where, ": overrides.", rule,
                 base == rules.end() ? ": there is no such rule" : ": must be a map"));
    }
    Problems of_rule(rule);
    const std::optional<YAML::Node> under = LoadYaml(of_rule, base->second, kMostRuleBytes);
    if (!under) return of_rule.status();
    Facts was;
    Flatten(*under, "", false, was);
    Facts facts;
    Flatten(LaidOver(*under, over), "", false, facts);
    AddDefaults(facts);
    const std::string id = FormId(RuleId(rule), MissionId(mission)).str();
    facts.Set("id", {{id}, false, false});
    facts.Set(
        "version",
        {{StrCat(NumberOf(was.Text("version")) + NumberOf(facts.Text("version")))}, false, false});
    forms[id] = std::move(facts);
  }
  if (!problems.status().ok()) return problems.status();
  return forms;
}

absl::StatusOr<Facts> PlainFactsOf(const std::string& where, const std::string& text) {
  return Read(where, text, true);
}

std::string LengthInWords(std::string_view text) {
  const std::optional<Duration> length = DurationOf(text);
  if (!length) return std::string(text);
  if (*length % std::chrono::seconds(1) != Duration(0)) {
    return StrCat(*length / std::chrono::milliseconds(1), " milliseconds");
  }
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(*length).count();
  const auto in = [&](int64_t unit, const char* word) {
    return StrCat(seconds / unit, " ", word, seconds == unit ? "" : "s");
  };
  if (seconds != 0 && seconds % 86400 == 0) return in(86400, "day");
  if (seconds != 0 && seconds % 3600 == 0) return in(3600, "hour");
  if (seconds != 0 && seconds % 60 == 0) return in(60, "minute");
  return in(1, "second");
}

}  // namespace tocsin
