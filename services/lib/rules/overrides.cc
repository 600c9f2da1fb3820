#include "lib/rules/overrides.h"

#include <algorithm>
#include <optional>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "lib/rules/condition.h"
#include "lib/rules/parse.h"

namespace tocsin {
namespace {

constexpr std::string_view kLaid[] = {"version", "why",      "title",    "condition",
                                      "urgency", "response", "lifetime", "label"};
// What says which events the rule looks at, how they are put together and who is told.
constexpr std::string_view kRulesOwn[] = {"id",       "state",      "kind",
                                          "group_by", "selections", "address"};
constexpr std::string_view kConditionsOwn[] = {"field", "steps",  "all_of", "sides",
                                               "equal", "differ", "until",  "differ_between"};

YAML::Node MemberOf(const YAML::Node& map, std::string_view key) {
  if (!map.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  for (const auto& entry : map) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

bool IsOneOf(const YAML::Node& key, const auto& words) {
  return key.IsScalar() &&
         std::find(std::begin(words), std::end(words), key.Scalar()) != std::end(words);
}

// With what `may` allows of the entries of `over`.
YAML::Node Merged(const YAML::Node& under, const YAML::Node& over, const std::string& path) {
  const auto may = [&](const YAML::Node& key) {
    if (path.empty()) return IsOneOf(key, kLaid);
    if (path == "condition") return !IsOneOf(key, kConditionsOwn);
    return path != "condition.then_no" || !key.IsScalar() || key.Scalar() != "selection";
  };
  YAML::Node merged(YAML::NodeType::Map);
  for (const auto& entry : under) {
    const YAML::Node laid = entry.first.IsScalar() && may(entry.first)
                                ? MemberOf(over, entry.first.Scalar())
                                : YAML::Node(YAML::NodeType::Undefined);
    if (!laid.IsDefined()) {
      merged.force_insert(entry.first, entry.second);
    } else if (laid.IsMap() && entry.second.IsMap()) {
      merged.force_insert(
          entry.first,
          Merged(entry.second, laid, StrCat(path, path.empty() ? "" : ".", entry.first.Scalar())));
    } else {
      merged.force_insert(entry.first, laid);
    }
  }
  for (const auto& entry : over) {
    const bool there = entry.first.IsScalar() && MemberOf(under, entry.first.Scalar()).IsDefined();
    if (!there && may(entry.first)) merged.force_insert(entry.first, entry.second);
  }
  return merged;
}

// Where a problem of the laid-over rule lies in the override's text.
struct Place {
  YAML::Mark mark;     // of the value at the path, or of the nearest one around it
  bool exact = false;  // of a value that the override itself gives
};

Place PlaceOf(const YAML::Node& over, std::string_view path) {
  if (path.empty()) return {over.Mark(), false};
  YAML::Node at = over;
  while (!path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    const YAML::Node next = MemberOf(at, path.substr(0, dot));
    if (!next.IsDefined()) return {at.Mark(), false};
    at.reset(next);
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return {at.Mark(), true};
}

bool IsSaidOf(const Problems& problems, const Problem& problem) {
  return std::any_of(problems.list().begin(), problems.list().end(), [&](const Problem& other) {
    return other.key == problem.key && other.reason == problem.reason;
  });
}

class FormReader {
 public:
  FormReader(Problems& problems, const Rule& rule, const YAML::Node& node)
      : problems_(problems),
        rule_(rule),
        path_("overrides." + rule.id.str()),
        node_(node),
        in_(problems, node, path_) {}

  std::optional<Rule> Read(const MissionId& mission, std::string_view text, const Pack& pack) {
    if (!node_.IsMap()) return std::nullopt;  // that has been said
    CheckKeys();
    const int64_t version = in_.Integer("version", 1, INT32_MAX);
    in_.Text("why");
    in_.Done();
    std::optional<Rule> form = Laid(text, pack);
    if (!form) return std::nullopt;
    // No error: whoever makes the rule's stricter need not wait for every mission's form.
    Label& label = form->label;
    if (label.classification < rule_.label.classification || label.tlp < rule_.label.tlp) {
      in_.Doubt("label", "is looser than that of the rule", "the stricter of the two counts");
      label.classification = std::max(label.classification, rule_.label.classification);
      label.tlp = std::max(label.tlp, rule_.label.tlp);
    }
    // Either of the two rises with every change, and so the sum does.
    if (version + rule_.version > INT32_MAX) in_.Bad("version", "is too great");
    form->version = static_cast<int32_t>(std::min<int64_t>(version + rule_.version, INT32_MAX));
    if (SaysNothing(*form)) {
      in_.Doubt("", "changes nothing but words", "leave it out: the mission is warned as others");
    }
    form->id = FormId(rule_.id, mission);
    form->base = rule_.id;
    form->only_for = mission;
    return form;
  }

 private:
  void CheckKeys() {
    for (const std::string_view key : kLaid) in_.Has(key);
    // Of a key that is there twice only one would be laid over.
    for (const std::string_view key : {"title", "label"}) CheckMap(node_, path_, key);
    for (const std::string_view key : kRulesOwn) {
      if (MemberOf(node_, key).IsDefined() && in_.Has(key)) RefuseOf(in_, key);
    }
    const YAML::Node condition = MemberOf(node_, "condition");
    if (!condition.IsDefined()) return;
    MapReader in(problems_, condition, path_ + ".condition");
    for (const auto& [key, value] : in.Entries()) CheckMap(condition, path_ + ".condition", key);
    for (const std::string_view key : kConditionsOwn) {
      if (in.Has(key)) RefuseOf(in, key);
    }
    const YAML::Node then_no = MemberOf(condition, "then_no");
    if (!then_no.IsMap()) return;
    MapReader then(problems_, then_no, path_ + ".condition.then_no");
    if (then.Has("selection")) RefuseOf(then, "selection");
  }

  void CheckMap(const YAML::Node& map, const std::string& path, std::string_view key) {
    const YAML::Node value = MemberOf(map, key);
    if (value.IsMap()) MapReader(problems_, value, StrCat(path, ".", key));
  }

  static void RefuseOf(MapReader& in, std::string_view key) {
    in.Bad(key, "is the same for every mission: an override does not say what the rule is about",
           "a mission that needs another writes a rule of its own");
  }

  std::optional<Rule> Laid(std::string_view text, const Pack& pack) {
    Problems of_rule(""), found("");
    const std::optional<YAML::Node> root = LoadYaml(of_rule, text, kMostRuleBytes);
    if (!root) return std::nullopt;
    ParseRule(of_rule, *root, pack);
    std::optional<Rule> form = ParseRule(found, LaidOver(*root, node_), pack);
    for (const Problem& problem : found.list()) {
      const Place place = PlaceOf(node_, problem.key);
      if (problem.doubt && !place.exact && IsSaidOf(of_rule, problem)) continue;
      YAML::Mark mark = place.mark;
      if (place.exact && problem.line > 0) {
        mark.line = problem.line - 1;
        mark.column = problem.column - 1;
      }
      problems_.Add(mark, StrCat(path_, problem.key.empty() ? "" : ".", problem.key),
                    problem.reason, problem.fix, problem.doubt);
    }
    return form;
  }

  bool SaysNothing(Rule form) const {
    form.version = rule_.version;
    form.why = rule_.why;
    return form == rule_;
  }

  Problems& problems_;
  const Rule& rule_;
  const std::string path_;
  const YAML::Node node_;
  MapReader in_;
};

}  // namespace

YAML::Node LaidOver(const YAML::Node& rule, const YAML::Node& over) {
  return Merged(rule, over, "");
}

OwnForms ParseOverrides(Problems& problems, const std::string& mission, const std::string& text,
                        const std::map<RuleId, std::string_view>& texts, const Pack& pack) {
  OwnForms forms;
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRegisterBytes);
  if (!root) return forms;
  MapReader top(problems, *root, "");
  const std::string named = top.Text("mission");
  if (!named.empty() && named != mission) {
    top.Bad("mission", StrCat("is ", named, ", and the document is of ", mission));
  }
  if (!pack.desks.contains(MissionId(mission))) {
    top.Bad("mission", StrCat("'", mission, "' is not a desk"),
            FixOf(mission, rules_internal::Desks(pack)));
  }
  MapReader overrides(problems, top.Value("overrides"), "overrides");
  for (const auto& [name, node] : overrides.Entries()) {
    const RuleId id(name);
    forms.named.insert(FormId(id, MissionId(mission)));
    const Rule* const rule = pack.FindRule(id);
    if (const auto known_text = texts.find(id); known_text != texts.end()) {
      if (rule == nullptr) continue;  // it has a problem of its own
      std::optional<Rule> form =
          FormReader(problems, *rule, node).Read(MissionId(mission), known_text->second, pack);
      if (form) forms.rules.push_back(*std::move(form));
    } else {
      std::vector<std::string_view> known;
      for (const Rule& one : pack.rules) known.push_back(one.id.str());
      overrides.Bad(name, StrCat("the pack has no rule '", name, "'"), FixOf(name, known));
    }
  }
  top.Done();
  return forms;
}

}  // namespace tocsin
