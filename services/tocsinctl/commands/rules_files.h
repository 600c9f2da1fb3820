// Subcommands of `rules` that judge, compare and describe a rules folder without any service.
#pragma once

#include "tocsinctl/commands/commands.h"

namespace tocsin::ctl {

void AddRulesLint(CLI::App& rules, Run& run);
void AddRulesDiff(CLI::App& rules, Run& run);
void AddRulesDocs(CLI::App& rules, Run& run);
void AddRulesExplain(CLI::App& rules, Run& run);

}  // namespace tocsin::ctl
