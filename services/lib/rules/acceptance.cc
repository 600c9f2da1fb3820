#include "lib/rules/acceptance.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/parse.h"

namespace tocsin {

bool ParseAcceptance(Problems& problems, const std::string& mission, const std::string& text,
                     Pack& pack) {
  const std::optional<YAML::Node> root = LoadYaml(problems, text, kMostRegisterBytes);
  if (!root) return false;
  MapReader top(problems, *root, "");
  if (!pack.desks.contains(MissionId(mission))) {
    top.Bad("", StrCat("'", mission, "' is not a desk"),
            FixOf(mission, rules_internal::Desks(pack)));
  }
  if (!top.Has("live")) top.Bad("live", "is missing; none is []");
  std::set<RuleId>& live = pack.accepted[MissionId(mission)];
  for (const std::string& rule : top.Texts("live")) {
    const Rule* const known_rule = pack.FindRule(RuleId(rule));
    if (known_rule == nullptr || !known_rule->base.empty()) {
      std::vector<std::string_view> known;
      for (const Rule& one : pack.rules) {
        if (one.base.empty()) known.push_back(one.id.str());
      }
      top.BadItem("live", rule, StrCat("'", rule, "' is not a rule of the pack"),
                  FixOf(rule, known));
    }
    live.insert(RuleId(rule));
  }
  top.Done();
  return true;
}

std::string AcceptanceText(const MissionId& mission, const std::set<RuleId>& live) {
  std::string text =
      StrCat("# The rules that ", mission.str(), " has taken live for itself.\nlive:");
  if (live.empty()) return text + " []\n";
  for (const RuleId& rule : live) text += "\n  - " + rule.str();
  return text + "\n";
}

}  // namespace tocsin
