#include "cases_divergence.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

namespace tocsin::property {

void MakeRandomDivergence(TwinRule& rule, Random& random) {
  rule.field = random.OneIn(5) ? "weapon" : "level";
  rule.sides = random.OneIn(3) ? "mission" : "area";
  if (rule.sides == "mission" && rule.group_by[0] == "mission") rule.group_by = {"area"};
  rule.minutes = random.Between(5, 40);
  rule.longer_minutes = random.OneIn(6) ? 0 : random.Between(1, 25);
  rule.severities = {{"minor", 2}};
  if (rule.group_by[0] != "corridor" && random.OneIn(2)) rule.severities.emplace_back("severe", 3);
  TwinSelection& phase = rule.selections.emplace_back();
  phase.name = "phase";
  phase.types = {"phase.declared"};
  if (rule.field == "weapon") phase.types = {"phase.declared", "security.attack"};
  phase.natures = {"declared", "observed"};
  if (rule.sides == "area" && random.OneIn(8)) phase.missions = {"north"};
  if (random.OneIn(3)) {
    phase.natures = {"declared"};
    rule.selections.push_back(phase);
    rule.selections[1].name = "seen";
    rule.selections[1].natures = {"observed"};
  }
}

std::string DivergenceYaml(const TwinRule& rule) {
  const auto severity = [](std::string* text, const std::pair<std::string, int64_t>& one) {
    absl::StrAppend(text, one.first, ": ", one.second);
  };
  return absl::StrCat("  field: ", rule.field, "\n  sides: ", rule.sides,
                      "\n  longer_than: ", rule.longer_minutes, "m\n  stands: ", rule.minutes,
                      "m\n  severities: {", absl::StrJoin(rule.severities, ", ", severity), "}\n");
}

void MakeDeclaration(KeyedEvent& event, Random& random) {
  if (random.OneIn(20)) return;
  const bool attack = random.OneIn(10);
  event.type = attack ? "security.attack" : "phase.declared";
  event.nature = attack || random.OneIn(6) ? Nature::kObserved : Nature::kDeclared;
  if (!random.OneIn(10)) {
    event.attributes["level"] = random.Of(std::vector<std::string>{"I", "II", "II", "III"});
  }
}

}  // namespace tocsin::property
