// The id of a mission's own form of a rule: "<rule>@<mission>". docs/rules.md, Overrides.
#pragma once

#include "lib/base/ids.h"

namespace tocsin {

struct RuleForm {
  RuleId rule;
  MissionId mission;  // empty: it is the rule itself
};

RuleForm FormOf(const RuleId& id);
RuleId FormId(const RuleId& rule, const MissionId& mission);

}  // namespace tocsin
