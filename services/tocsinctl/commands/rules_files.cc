#include "tocsinctl/commands/rules_files.h"

namespace tocsin::ctl {

void AddRulesFiles(CLI::App& app, Run& run) {
  const std::vector<CLI::App*> added =
      app.get_subcommands([](const CLI::App* command) { return command->get_name() == "rules"; });
  CLI::App* rules = added.empty() ? nullptr : added.front();
  if (rules == nullptr) {
    rules = app.add_subcommand("rules", "What rules do and say, on files; and who publishes them");
    rules->require_subcommand(1);
    rules->footer("  tocsinctl rules lint rules");
  }
  AddRulesLint(*rules, run);
  AddRulesDiff(*rules, run);
  AddRulesDocs(*rules, run);
}

}  // namespace tocsin::ctl
