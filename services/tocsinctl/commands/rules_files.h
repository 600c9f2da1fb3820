// Subcommands of `rules` that judge, compare and describe a rules folder without any service, and
// what others of them use of these.
#pragma once

#include <string>
#include <vector>

#include "tocsinctl/commands/commands.h"
#include "tocsinctl/rule_folder.h"

namespace tocsin::ctl {

void AddRulesLint(CLI::App& rules, Run& run);
void AddRulesDiff(CLI::App& rules, Run& run);
void AddRulesDocs(CLI::App& rules, Run& run);
void AddRulesExplain(CLI::App& rules, Run& run);

// What each of them prints, and its exit status.
int RunRulesLint(const Session& session, const std::string& folder);
struct TestArguments {
  std::string folder = "rules";
  std::vector<std::string> rules;  // empty: all
  bool failures_only = false;
};
int RunRulesTest(const Session& session, const TestArguments& arguments);
// `any_version`: a version that does not rise is no error.
int PrintRulesDiff(const Session& session, const RuleFolder& from, const RuleFolder& to,
                   bool any_version);

}  // namespace tocsin::ctl
