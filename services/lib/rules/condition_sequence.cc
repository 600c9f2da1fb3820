// temporal and temporal_ordered. What can never hold is refused with the reason: a rule that
// silently never warns is worse than none.
#include <algorithm>
#include <set>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {
namespace {

constexpr size_t kLeastSteps = 2;
constexpr size_t kMostSteps = 4;

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Every one of `parts` is among `all`; none given means any.
template <class T>
bool Covers(const std::vector<T>& all, const std::vector<T>& parts) {
  return all.empty() ||
         (!parts.empty() && std::all_of(parts.begin(), parts.end(), [&](const T& part) {
           return std::find(all.begin(), all.end(), part) != all.end();
         }));
}

// Every event that meets `narrow` certainly meets `wide`.
bool Covers(const Pack& pack, const Selection& wide, const Selection& narrow) {
  const std::vector<const EventType*> types = TypesOf(pack, wide);
  for (const EventType* type : TypesOf(pack, narrow)) {
    if (std::find(types.begin(), types.end(), type) == types.end()) return false;
  }
  const auto at_least = [](const std::optional<int64_t>& less, const std::optional<int64_t>& more) {
    return less.value_or(0) <= more.value_or(0);
  };
  return Covers(wide.natures, narrow.natures) && Covers(wide.missions, narrow.missions) &&
         Covers(wide.actor_classes, narrow.actor_classes) &&
         Covers(wide.actor_roles, narrow.actor_roles) &&
         std::includes(narrow.where.begin(), narrow.where.end(), wide.where.begin(),
                       wide.where.end()) &&
         at_least(wide.min.killed, narrow.min.killed) &&
         at_least(wide.min.injured, narrow.min.injured) &&
         at_least(wide.min.displaced, narrow.min.displaced) &&
         at_least(wide.min.affected, narrow.min.affected);
}

bool IsAttribute(const std::string& field) {
  return field != "area" && field != "corridor" && field != "actor" && field != "mission" &&
         field != "origin";
}

using Values = std::set<std::string>;

// The only values of a field that events of the selection can have; absent if there is no bound.
std::optional<Values> PossibleValues(const Pack& pack, const Selection& selection,
                                     const std::string& field) {
  Values values;
  if (field == "mission") {
    for (const MissionId& mission : selection.missions) values.insert(mission.str());
    if (!values.empty()) return values;
    for (const auto& [mission, desk] : pack.desks) values.insert(mission.str());
    return values;
  }
  if (!IsAttribute(field)) return std::nullopt;
  if (const auto it = selection.where.find(field); it != selection.where.end()) {
    return Values{it->second};
  }
  for (const EventType* type : TypesOf(pack, selection)) {
    const auto it = type->attributes.find(field);
    if (it == type->attributes.end()) continue;
    std::string kind = it->second;
    if (kind == "text" || kind == "integer" || kind == "number") return std::nullopt;
    if (kind == "boolean") kind = "true|false";
    for (size_t from = 0; from <= kind.size();) {
      const size_t bar = std::min(kind.find('|', from), kind.size());
      values.insert(kind.substr(from, bar - from));
      from = bar + 1;
    }
  }
  return values;
}

// Each set can give a value that no other gives.
bool CanDiffer(const std::vector<Values>& sets, size_t next, Values& given) {
  if (next == sets.size()) return true;
  for (const std::string& value : sets[next]) {
    if (!given.insert(value).second) continue;
    if (CanDiffer(sets, next + 1, given)) return true;
    given.erase(value);
  }
  return false;
}

class SequenceReader {
 public:
  explicit SequenceReader(ConditionContext& in) : in_(in), read_(in.rule.sequence) {}

  void Read() {
    MapReader& condition = in_.condition;
    in_.rule.window = condition.DurationAt("within", false);
    in_.rule.severity = condition.Word<Severity>("severity", SeverityOfWord);
    ReadSteps();
    if (read_.steps.size() == 1) {
      for (const char* const key : {"gap", "equal", "differ", "differ_between", "until", "take"}) {
        if (condition.Has(key)) condition.Bad(key, "needs two steps: of one it limits nothing");
      }
    }
    if (condition.Has("gap")) ReadGap();
    if (condition.Has("take")) {
      const std::string take = condition.Text("take");
      read_.latest = take == "latest";
      if (!read_.latest && take != "every") {
        condition.Bad("take", StrCat("'", take, "' is neither every nor latest"));
      }
    }
    ReadUntil();
    if (condition.Has("then_no")) ReadThenNo();
    ReadJoins();
    for (const Selection& selection : in_.rule.selections) {
      const std::string& name = selection.name;
      if (Has(read_.steps, name) || Has(read_.until, name) || read_.then_no == name) continue;
      in_.top.Bad("selections", StrCat("'", name,
                                       "' is used nowhere: name it in steps, until or then_no, or "
                                       "remove it"));
    }
    // An event can undo a match that began this much before it.
    in_.rule.reach = in_.rule.window + read_.then_within;
  }

 private:
  // Null if there is none.
  const Selection* Find(const std::string& name) const {
    for (const Selection& selection : in_.rule.selections) {
      if (selection.name == name) return &selection;
    }
    return nullptr;
  }

  void ReadSteps() {
    read_.steps = in_.condition.Texts("steps");
    const size_t least = in_.condition.Has("then_no") ? 1 : kLeastSteps;
    if (read_.steps.size() < least || read_.steps.size() > kMostSteps) {
      in_.condition.Bad("steps", StrCat("must name from ", least, " to ", kMostSteps, " selections",
                                        least == 1 ? "" : ", or one with then_no"));
    }
    for (const std::string& name : read_.steps) {
      if (Find(name) == nullptr) {
        in_.condition.Bad("steps", StrCat("'", name, "' is not a selection"));
      }
    }
  }

  void ReadGap() {
    read_.gap = in_.condition.DurationAt("gap", false);
    if (!read_.ordered) {
      in_.condition.Bad("gap", "needs an order: make the kind temporal_ordered or leave gap out");
    } else if (*read_.gap > in_.rule.window) {
      in_.condition.Bad("gap",
                        "is longer than within, so it limits nothing: shorten it or leave "
                        "it out");
    }
  }

  void ReadUntil() {
    read_.until = in_.condition.Texts("until");
    for (const std::string& name : read_.until) {
      const Selection* const until = Find(name);
      if (until == nullptr) {
        in_.condition.Bad("until", StrCat("'", name, "' is not a selection"));
      } else if (Has(read_.steps, name)) {
        in_.condition.Bad("until", StrCat("'", name, "' is a step: its own events would end it"));
      } else if (read_.ordered) {
        for (size_t i = 1; i < read_.steps.size(); ++i) {
          const Selection* const step = Find(read_.steps[i]);
          if (step == nullptr || !Covers(in_.pack, *until, *step)) continue;
          in_.condition.Bad("until", StrCat("'", name, "' selects every event of the step '",
                                            step->name, "', so no match can hold: narrow it"));
        }
      }
    }
  }

  void ReadThenNo() {
    MapReader then_no(in_.problems, in_.condition.Value("then_no"), "condition.then_no");
    read_.then_no = then_no.Text("selection");
    read_.then_within = then_no.DurationAt("within", false);
    then_no.Done();
    if (read_.then_no.empty()) return;
    if (Find(read_.then_no) == nullptr) {
      then_no.Bad("selection", StrCat("'", read_.then_no, "' is not a selection"));
    } else if (Has(read_.steps, read_.then_no)) {
      then_no.Bad("selection",
                  StrCat("'", read_.then_no,
                         "' is a step: what must not follow needs a selection of its own"));
    }
  }

  void ReadJoins() {
    read_.equal = in_.condition.Texts("equal");
    read_.differ = in_.condition.Texts("differ");
    for (const std::string& field : read_.equal) {
      const std::string problem = EqualProblem(field);
      if (!problem.empty()) in_.condition.Bad("equal", problem);
      if (Has(read_.differ, field)) {
        in_.condition.Bad("differ", StrCat("'", field, "' is in equal, too: take it out of one"));
      }
    }
    for (const std::string& field : read_.differ) {
      const std::string problem = DifferProblem(field, read_.steps);
      if (!problem.empty()) in_.condition.Bad("differ", problem);
    }
    if (in_.condition.Has("differ_between")) ReadDifferBetween();
    // The key makes these equal.
    for (const std::string& field : in_.rule.group_by) {
      const std::string problem = EqualProblem(field);
      if (!problem.empty()) in_.top.Bad("group_by", problem);
    }
  }

  void ReadDifferBetween() {
    MapReader fields(in_.problems, in_.condition.Value("differ_between"),
                     "condition.differ_between");
    for (const auto& [field, node] : fields.Entries()) {
      std::vector<std::string>& steps = read_.differ_between[field];
      steps = fields.Texts(field);
      if (steps.size() < 2) fields.Bad(field, "needs two steps at least");
      for (const std::string& step : steps) {
        if (!Has(read_.steps, step)) fields.Bad(field, StrCat("'", step, "' is not a step"));
      }
      const std::string problem = DifferProblem(field, steps);
      if (!problem.empty()) fields.Bad(field, problem);
      if (Has(read_.equal, field) || Has(read_.differ, field)) {
        fields.Bad(field, "is in equal or differ, too, which are of all steps: take it out of one");
      }
    }
    if (read_.differ_between.empty()) in_.condition.Bad("differ_between", "needs a field at least");
  }

  // A step of which no event has a value for the field.
  std::string ValueProblem(const std::string& field, const std::vector<std::string>& steps) const {
    if (!IsAttribute(field)) return {};
    for (const std::string& name : steps) {
      const Selection* const step = Find(name);
      if (step == nullptr) continue;
      const std::string problem = AttributeProblem(TypesOf(in_.pack, *step), field, "");
      if (!problem.empty()) return StrCat("of the step '", name, "' ", problem);
    }
    return {};
  }

  // What bounds there are on the values of the steps.
  std::vector<Values> Bounds(const std::string& field,
                             const std::vector<std::string>& steps) const {
    std::vector<Values> bounds;
    for (const std::string& name : steps) {
      const Selection* const step = Find(name);
      if (step == nullptr) continue;
      std::optional<Values> values = PossibleValues(in_.pack, *step, field);
      if (values) bounds.push_back(*std::move(values));
    }
    return bounds;
  }

  std::string EqualProblem(const std::string& field) const {
    std::string problem = ValueProblem(field, read_.steps);
    const std::vector<Values> bounds = Bounds(field, read_.steps);
    if (!problem.empty() || bounds.empty()) return problem;
    const bool common =
        std::any_of(bounds[0].begin(), bounds[0].end(), [&](const std::string& value) {
          return std::all_of(bounds.begin(), bounds.end(),
                             [&](const Values& values) { return values.contains(value); });
        });
    return common ? "" : StrCat("no value of '", field, "' is possible for all steps");
  }

  std::string DifferProblem(const std::string& field, const std::vector<std::string>& steps) const {
    if (in_.GroupsBy(field)) {
      return StrCat("'", field,
                    "' is in group_by, so all events of a key have it in common: take "
                    "it out of one");
    }
    std::string problem = ValueProblem(field, steps);
    Values given;
    if (!problem.empty() || CanDiffer(Bounds(field, steps), 0, given)) return problem;
    return StrCat("the steps allow too few values of '", field, "' to differ in it");
  }

  ConditionContext& in_;
  SequenceCondition& read_;
};

}  // namespace

void ReadSequence(ConditionContext in) { SequenceReader(in).Read(); }

}  // namespace tocsin::rules_internal
