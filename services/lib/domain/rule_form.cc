#include "lib/domain/rule_form.h"

namespace tocsin {

RuleForm FormOf(const RuleId& id) {
  const size_t at = id.str().find('@');
  if (at == std::string::npos) return {id, MissionId()};
  return {RuleId(id.str().substr(0, at)), MissionId(id.str().substr(at + 1))};
}

RuleId FormId(const RuleId& rule, const MissionId& mission) {
  return RuleId(rule.str() + "@" + mission.str());
}

}  // namespace tocsin
