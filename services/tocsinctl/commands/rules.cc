#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "lib/backtest/timeline_run.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/packfiles/load.h"
#include "tocsinctl/commands/rules_files.h"
#include "tocsinctl/output.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {
namespace {

struct Ran {
  std::string path, rule, name;
  int64_t line = 0;
  TimelineResult result;
};

absl::StatusOr<std::vector<std::string>> TimelineFiles(const std::string& folder) {
  std::vector<std::string> paths;
  for (const char* const part : {"pack", "overrides"}) {
    const std::filesystem::path directory = std::filesystem::path(folder) / part;
    std::error_code error;
    if (std::string_view(part) == "overrides" && !std::filesystem::exists(directory, error)) break;
    std::filesystem::directory_iterator entries(directory, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      if (IsTimelineFile(entries->path())) paths.push_back(entries->path().string());
    }
    if (error) {
      return absl::NotFoundError(
          StrCat(directory.string(), " cannot be listed: ", error.message()));
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::Status RunFile(const std::string& path, const std::shared_ptr<World>& world,
                     const std::vector<std::string>& rules, std::vector<Ran>& ran) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  const Timelines timelines = ReadTimelines(text, world->import());
  if (!timelines.problems.empty()) {
    const ImportProblem& problem = timelines.problems.front();
    return absl::InvalidArgumentError(StrCat(path, ":", problem.line, ": ", problem.column,
                                             problem.column.empty() ? "" : " ", problem.reason));
  }
  if (!rules.empty() && std::find(rules.begin(), rules.end(), timelines.rule) == rules.end()) {
    return absl::OkStatus();
  }
  for (const Timeline& timeline : timelines.timelines) {
    absl::StatusOr<TimelineResult> result =
        RunTimeline(world->documents(), {world, &world->pack()}, timelines.rule, timeline);
    if (!result.ok()) {
      return absl::InvalidArgumentError(
          StrCat(path, ":", timeline.line, ": ", std::string(result.status().message())));
    }
    ran.push_back({path, timelines.rule, timeline.name, timeline.line, *std::move(result)});
  }
  return absl::OkStatus();
}

void Print(const Ran& one) {
  std::cout << (one.result.passed() ? "pass  " : "FAIL  ") << one.rule << ": " << one.name << "\n";
  if (one.result.passed()) return;
  std::cout << "      " << one.path << ":" << one.line << "\n";
  for (const std::string& text : one.result.refused) std::cout << "      refused  " << text << "\n";
  for (const std::string& text : one.result.missing) std::cout << "      expected " << text << "\n";
  for (const std::string& text : one.result.unexpected) {
    std::cout << "      came     " << text << "\n";
  }
}

nlohmann::json Json(const Ran& one) {
  return {{"rule", one.rule},
          {"timeline", one.name},
          {"file", one.path},
          {"line", one.line},
          {"passed", one.result.passed()},
          {"refused", one.result.refused},
          {"expected", one.result.missing},
          {"came", one.result.unexpected}};
}

}  // namespace

int RunRulesTest(const Session& session, const TestArguments& arguments) {
  absl::StatusOr<std::unique_ptr<World>> loaded = World::Load(arguments.folder);
  if (!loaded.ok()) return FailUsage(loaded.status());
  const std::shared_ptr<World> world = *std::move(loaded);
  const absl::StatusOr<std::vector<std::string>> paths = TimelineFiles(arguments.folder);
  if (!paths.ok()) return FailUsage(paths.status());
  std::vector<Ran> ran;
  for (const std::string& path : *paths) {
    const absl::Status status = RunFile(path, world, arguments.rules, ran);
    if (!status.ok()) return FailUsage(status);
  }
  std::vector<std::string> untested;
  for (const Rule& rule : world->pack().rules) {
    const auto of_rule = [&](const Ran& one) { return one.rule == rule.id.str(); };
    const bool wanted = arguments.rules.empty() ||
                        std::find(arguments.rules.begin(), arguments.rules.end(), rule.id.str()) !=
                            arguments.rules.end();
    if (wanted && std::none_of(ran.begin(), ran.end(), of_rule)) untested.push_back(rule.id.str());
  }
  int64_t failed = 0;
  for (const Ran& one : ran) {
    failed += one.result.passed() ? 0 : 1;
    if (arguments.failures_only && one.result.passed()) continue;
    if (session.json()) {
      std::cout << Dump(Json(one)) << "\n";
    } else {
      Print(one);
    }
  }
  if (!session.json()) {
    for (const std::string& rule : untested) std::cout << "none  " << rule << ": no timeline\n";
    std::cout << ran.size() << " timelines, " << failed << " failed\n";
  }
  // A run of nothing must not look like a pass.
  return failed == 0 && untested.empty() && !ran.empty() ? kOk : kRefused;
}

void AddRules(CLI::App& app, Run& run) {
  CLI::App* const command =
      app.add_subcommand("rules", "What rules do, on files; and who publishes them");
  command->require_subcommand(1);
  CLI::App* const test =
      command->add_subcommand("test", "Runs the timelines that lie beside each rule");
  const auto arguments = std::make_shared<TestArguments>();
  test->add_option("folder", arguments->folder, "Rules folder")->capture_default_str();
  test->add_option("--rule", arguments->rules, "Only these rules");
  test->footer(
      "A rule's timelines are in pack/<id>.tests.yaml, those of a mission's own form in\n"
      "overrides/<rule>@<mission>.tests.yaml; docs/rules.md has the format. Prints what was "
      "expected\n"
      "and did not come, and what came and was not expected. Exit status 1 if a timeline fails or "
      "a\n"
      "rule has none; 2 if a file cannot be read.\n\n"
      "  tocsinctl rules test rules --rule attacks-near-border");
  test->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunRulesTest(session, *arguments); };
  });
  AddRulesExplain(*command, run);
  command->footer("  tocsinctl rules test rules");
}

}  // namespace tocsin::ctl
