#include <filesystem>
#include <fstream>
#include <iostream>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "lib/rulebook/pages.h"
#include "tocsinctl/commands/rules_files.h"
#include "tocsinctl/output.h"
#include "tocsinctl/rule_folder.h"

namespace tocsin::ctl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string folder = "rules", out;
  bool check = false;
};

absl::StatusOr<std::map<std::string, std::string>> MakePages(const std::string& folder) {
  absl::StatusOr<RuleFolder> read = ReadRuleFolder(folder);
  if (!read.ok()) return read.status();
  absl::StatusOr<Facts> types = Facts();
  if (const auto it = read->registers.find("types"); it != read->registers.end()) {
    types = PlainFactsOf(StrCat(folder, "/types.yaml"), it->second);
    if (!types.ok()) return types.status();
  }
  std::vector<RuleToDescribe> rules;
  std::map<std::string, std::vector<FormToDescribe>> forms;  // by the rule's id
  for (const auto& [id, facts] : read->rules) {
    const RuleForm form = FormOf(RuleId(id));
    if (form.mission.empty()) continue;
    forms[form.rule.str()].push_back({form.mission.str(), facts, read->timelines[id]});
  }
  for (const auto& [id, facts] : read->rules) {
    if (!FormOf(RuleId(id)).mission.empty()) continue;
    rules.push_back({facts, read->files[id], read->timelines[id], forms[id]});
  }
  return RulePages(rules, *types);
}

// The text of a page that is there; empty if there is none.
std::string Standing(const fs::path& path) {
  absl::StatusOr<std::string> text = ReadWholeFile(path.string());
  return text.ok() ? *std::move(text) : std::string();
}

// Pages of rules that are there no more.
std::vector<fs::path> Leftovers(const fs::path& out,
                                const std::map<std::string, std::string>& pages) {
  std::vector<fs::path> leftovers;
  std::error_code error;
  for (fs::directory_iterator it(out, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const fs::path& path = it->path();
    if (path.extension() == ".md" && !pages.contains(path.filename().string()) &&
        Standing(path).starts_with(kPageMark)) {
      leftovers.push_back(path);
    }
  }
  std::sort(leftovers.begin(), leftovers.end());
  return leftovers;
}

int RunDocs(const Session& session, const Arguments& arguments) {
  const auto pages = MakePages(arguments.folder);
  if (!pages.ok()) return FailUsage(pages.status());
  const fs::path out = arguments.out;
  std::vector<std::string> different;
  for (const auto& [name, text] : *pages) {
    if (Standing(out / name) != text) different.push_back(name);
  }
  const std::vector<fs::path> leftovers = Leftovers(out, *pages);
  for (const fs::path& path : leftovers) different.push_back(path.filename().string());
  std::error_code error;
  if (!arguments.check) {
    fs::create_directories(out, error);
    for (const auto& [name, text] : *pages) {
      std::ofstream file(out / name, std::ios::binary);
      file << text;
      if (!file.flush()) {
        return FailUsage(absl::NotFoundError(StrCat((out / name).string(), " cannot be written")));
      }
    }
    for (const fs::path& path : leftovers) fs::remove(path, error);
  }
  if (session.json()) {
    std::cout << Dump({{"pages", pages->size()}, {"different", different}}) << "\n";
  } else {
    for (const std::string& name : different) std::cout << (out / name).string() << "\n";
    std::cout << pages->size() << " pages, " << different.size()
              << (arguments.check ? " are not as the rules are\n" : " written anew\n");
  }
  return arguments.check && !different.empty() ? kRefused : kOk;
}

}  // namespace

void AddRulesDocs(CLI::App& rules, Run& run) {
  CLI::App* const command =
      rules.add_subcommand("docs", "Writes a page about each rule, and an index");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("folder", arguments->folder, "Rules folder")->capture_default_str();
  command->add_option("--out", arguments->out, "Folder for the pages")->required();
  command->add_flag("--check", arguments->check,
                    "Write nothing; exit status 1 if a page is not what would be written");
  command->footer(
      "Pages of rules that are gone are removed; other files in the folder stay.\n\n"
      "  tocsinctl rules docs rules --out docs/rules");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunDocs(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
