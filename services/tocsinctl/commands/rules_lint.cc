#include <algorithm>
#include <filesystem>
#include <iostream>

#include "lib/base/text.h"
#include "lib/geo/place_index.h"
#include "lib/packfiles/load.h"
#include "lib/rules/pack.h"
#include "tocsinctl/commands/rules_files.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

// What only a folder of files can have wrong.
void JudgeFiles(const PackFiles& files, const std::string& folder, JudgedPack& judged) {
  for (size_t i = 0; i < files.files.size(); ++i) {
    const Document& document = files.documents[i];
    const std::string stem = std::filesystem::path(files.files[i]).stem().string();
    if (document.kind != "rule" || document.version == 0 || document.name == stem) continue;
    judged.problems.push_back({files.files[i], 0, 0, "id",
                               StrCat("is ", document.name, ", and the file has the name ", stem),
                               "give the file the name of its rule", true});
  }
  const bool readable = std::all_of(judged.problems.begin(), judged.problems.end(),
                                    [](const Problem& problem) { return problem.doubt; });
  if (!readable) return;  // shapes are judged last: they take longest, and few change them
  const auto index = MakeS2PlaceIndex(judged.pack.areas_geojson, judged.pack.corridors_geojson);
  if (index.ok()) return;
  judged.problems.push_back({folder, 0, 0, "areas.geojson, corridors.geojson",
                             std::string(index.status().message()), "", false});
}

nlohmann::json Json(const Problem& problem) {
  return {{"file", problem.document},
          {"line", problem.line},
          {"column", problem.column},
          {"key", problem.key},
          {"reason", problem.reason},
          {"fix", problem.fix},
          {"level", problem.doubt ? "warning" : "error"}};
}

std::string Plain(Problem problem) {
  problem.key =
      StrCat(problem.doubt ? "warning" : "error", problem.key.empty() ? "" : ": ", problem.key);
  return problem.Text();
}

}  // namespace

int RunRulesLint(const Session& session, const std::string& folder) {
  const absl::StatusOr<PackFiles> files = LoadAnyPackFiles(folder);
  if (!files.ok()) return FailUsage(files.status());
  JudgedPack judged = JudgePack(files->documents, {}, files->files);
  JudgeFiles(*files, folder, judged);
  std::stable_sort(
      judged.problems.begin(), judged.problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.document, a.line, a.column) < std::tie(b.document, b.line, b.column);
      });
  int64_t errors = 0;
  for (const Problem& problem : judged.problems) {
    errors += problem.doubt ? 0 : 1;
    std::cout << (session.json() ? Dump(Json(problem)) : Plain(problem)) << "\n";
  }
  const auto rules = std::count_if(files->documents.begin(), files->documents.end(),
                                   [](const Document& d) { return d.kind == "rule"; });
  const int64_t warnings = static_cast<int64_t>(judged.problems.size()) - errors;
  if (session.json()) {
    std::cout << Dump({{"rules", rules}, {"errors", errors}, {"warnings", warnings}}) << "\n";
  } else {
    std::cout << rules << " rules, " << errors << " errors, " << warnings << " warnings\n";
  }
  return errors == 0 ? kOk : kRefused;
}

void AddRulesLint(CLI::App& rules, Run& run) {
  CLI::App* const command =
      rules.add_subcommand("lint", "Everything that is wrong or doubtful in a rules folder");
  const auto folder = std::make_shared<std::string>("rules");
  command->add_option("folder", *folder, "Rules folder")->capture_default_str();
  command->footer(
      "A line for each problem: file, line, column, what is wrong and how to put it right. A\n"
      "warning is legal but hardly meant. Exit status 0 without an error, 1 with one, 2 if the\n"
      "folder cannot be read.\n\n"
      "  tocsinctl rules lint rules\n"
      "  tocsinctl rules lint rules --json");
  command->callback([folder, &run] {
    run = [folder](Session& session) { return RunRulesLint(session, *folder); };
  });
}

}  // namespace tocsin::ctl
