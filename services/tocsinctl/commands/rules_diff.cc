#include <iostream>

#include "lib/base/text.h"
#include "lib/packfiles/load.h"
#include "lib/rulebook/diff.h"
#include "tocsinctl/commands/rules_files.h"
#include "tocsinctl/output.h"
#include "tocsinctl/rule_folder.h"

namespace tocsin::ctl {
namespace {

const char* Word(RuleDiff::State state) {
  switch (state) {
    case RuleDiff::State::kNew:
      return "new";
    case RuleDiff::State::kGone:
      return "gone";
    case RuleDiff::State::kChanged:
      return "changed";
    case RuleDiff::State::kSame:
      break;
  }
  return "same";
}

void Print(const RuleDiff& diff) {
  std::cout << Word(diff.state) << " " << diff.id << ": version "
            << (diff.to_version.empty() ? diff.from_version : diff.to_version);
  if (diff.state == RuleDiff::State::kChanged) std::cout << ", was " << diff.from_version;
  std::cout << "\n";
  for (const std::string& change : diff.changes) std::cout << "  " << change << "\n";
  if (!diff.problem.empty()) std::cout << "  error: " << diff.problem << "\n";
}

nlohmann::json Json(const RuleDiff& diff) {
  return {{"rule", diff.id},       {"state", Word(diff.state)}, {"from", diff.from_version},
          {"to", diff.to_version}, {"changes", diff.changes},   {"error", diff.problem}};
}

// Registers whose texts differ; what that means for rules only a backtest can say.
std::vector<std::string> OtherDocuments(const RuleFolder& from, const RuleFolder& to) {
  std::vector<std::string> changed;
  for (const char* const kind : {"types", "desks", "actors", "areas", "corridors"}) {
    const auto was = from.registers.find(kind);
    const auto is = to.registers.find(kind);
    const std::string before = was == from.registers.end() ? "" : was->second;
    const std::string after = is == to.registers.end() ? "" : is->second;
    if (before != after) changed.emplace_back(kind);
  }
  return changed;
}

int RunDiff(const Session& session, const std::string& from_folder, const std::string& to_folder) {
  const absl::StatusOr<RuleFolder> from = ReadRuleFolder(from_folder);
  if (!from.ok()) return FailUsage(from.status());
  const absl::StatusOr<RuleFolder> to = ReadRuleFolder(to_folder);
  if (!to.ok()) return FailUsage(to.status());
  return PrintRulesDiff(session, *from, *to, /*any_version=*/false);
}

}  // namespace

int PrintRulesDiff(const Session& session, const RuleFolder& from, const RuleFolder& to,
                   bool any_version) {
  std::map<RuleDiff::State, int64_t> counts;
  int64_t errors = 0;
  for (RuleDiff& diff : DiffRules(from.rules, to.rules)) {
    if (any_version) diff.problem.clear();
    ++counts[diff.state];
    errors += diff.problem.empty() ? 0 : 1;
    if (diff.state == RuleDiff::State::kSame) continue;
    if (session.json()) {
      std::cout << Dump(Json(diff)) << "\n";
    } else {
      Print(diff);
    }
  }
  const std::vector<std::string> others = OtherDocuments(from, to);
  if (session.json()) {
    std::cout << Dump({{"new", counts[RuleDiff::State::kNew]},
                       {"gone", counts[RuleDiff::State::kGone]},
                       {"changed", counts[RuleDiff::State::kChanged]},
                       {"same", counts[RuleDiff::State::kSame]},
                       {"errors", errors},
                       {"other_documents", others}})
              << "\n";
  } else {
    for (const std::string& kind : others) std::cout << "changed document " << kind << "\n";
    std::cout << counts[RuleDiff::State::kNew] << " new, " << counts[RuleDiff::State::kGone]
              << " gone, " << counts[RuleDiff::State::kChanged] << " changed, "
              << counts[RuleDiff::State::kSame] << " the same; " << errors << " errors\n";
  }
  return errors == 0 ? kOk : kRefused;
}

void AddRulesDiff(CLI::App& rules, Run& run) {
  struct Arguments {
    std::string from, to;
  };
  CLI::App* const command =
      rules.add_subcommand("diff", "What is different between two rules folders, in words");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("from", arguments->from, "Rules folder as it was")->required();
  command->add_option("to", arguments->to, "Rules folder as it is to be")->required();
  command->footer(
      "Compares what rules mean: layout, comments, the order of keys and defaults written out are\n"
      "no difference. A rule that changed without a higher version is an error. Exit status 0\n"
      "without an error, whatever is different; 1 with one; 2 if a folder cannot be read.\n\n"
      "  git worktree add /tmp/before main && tocsinctl rules diff /tmp/before/rules rules");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) {
      return RunDiff(session, arguments->from, arguments->to);
    };
  });
}

}  // namespace tocsin::ctl
