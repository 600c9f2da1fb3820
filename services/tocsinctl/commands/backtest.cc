#include "tocsinctl/backtest.h"

#include <fstream>
#include <iostream>

#include "lib/base/text.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

struct BacktestArguments {
  std::string rules = "rules", compare;
  std::vector<std::string> events;
  std::string from, to, out, exercise, filer;
  bool shadow = false;
};

absl::Status WriteLines(const std::string& path, const std::vector<WarningLine>& lines) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (const WarningLine& line : lines) file << ToNdjson(line) << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::InvalidArgumentError(StrCat("cannot write ", path));
}

void ReportProblems(const BacktestResult& result) {
  Offers offers;
  offers.files = result.files;
  ReportFiles(offers, 20);
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < result.problems.size() && i < kMost; ++i) {
    std::cerr << "  refused: " << result.problems[i] << "\n";
  }
  if (result.problems.size() > kMost) {
    std::cerr << "  and " << result.problems.size() - kMost << " more\n";
  }
}

int RunBacktest(const Session& session, const BacktestArguments& arguments) {
  BacktestOptions options;
  options.files = arguments.events;
  options.import.status = arguments.exercise.empty() ? Status::kActual : Status::kExercise;
  options.import.exercise_id = arguments.exercise;
  options.import.filer = MissionId(arguments.filer);
  options.shadow = arguments.shadow;
  const absl::StatusOr<Time> from = Edge("--from", arguments.from, false);
  if (!from.ok()) return FailUsage(from.status());
  const absl::StatusOr<Time> to = Edge("--to", arguments.to, true);
  if (!to.ok()) return FailUsage(to.status());
  options.from = *from;
  options.to = *to;
  const absl::StatusOr<BacktestResult> here = Backtest(arguments.rules, options);
  if (!here.ok()) return FailUsage(here.status());
  ReportProblems(*here);
  if (!arguments.out.empty()) {
    if (const absl::Status written = WriteLines(arguments.out, here->lines); !written.ok()) {
      return FailUsage(written);
    }
  }
  nlohmann::json json = BacktestJson(*here);
  if (!session.json()) PrintBacktest(*here);
  if (!arguments.compare.empty()) {
    const absl::StatusOr<BacktestResult> there = Backtest(arguments.compare, options);
    if (!there.ok()) return FailUsage(there.status());
    const std::vector<Change> changes = Compare(here->lines, there->lines);
    json["compare"] = ChangesJson(changes);
    if (!session.json()) PrintChanges(changes, 20);
  }
  if (session.json()) std::cout << Dump(json) << "\n";
  return here->clean() ? kOk : kRefused;
}

}  // namespace

void AddBacktest(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand(
      "backtest", "What rules would have warned of, over files of reports and without services");
  const auto arguments = std::make_shared<BacktestArguments>();
  command->add_option("--rules", arguments->rules, "Rules folder")->capture_default_str();
  command
      ->add_option("--events", arguments->events,
                   "UCDP GED, FIRMS and LRA CSV, exercise records and plays; several are possible")
      ->required();
  command->add_option("--out", arguments->out, "Writes the warnings, one JSON a line");
  command->add_option("--from", arguments->from,
                      "Leaves out what was issued before this day; its reports are read");
  command->add_option("--to", arguments->to, "Leaves out what was reported after this day");
  command->add_option("--exercise", arguments->exercise,
                      "Takes the reports as this exercise (default: as Actual)");
  command->add_option("--filer", arguments->filer,
                      "Mission that files what lies in no area (default: such rows are left out)");
  command->add_flag("--shadow", arguments->shadow, "Rules in shadow, too, as if they were live");
  command->add_option("--compare", arguments->compare,
                      "Another rules folder: what it would have fired, earlier, later or no more");
  command->footer(
      "Reads only what had been reported by then: a report counts from the time it was reported,\n"
      "or from the end of the time it was observed. The same reports give the same bytes, in any\n"
      "order of rows and files.\n\n"
      "--out has one line for each warning and addressee, with the fields as of the moment at\n"
      "which it first went to this addressee (`issued`): what became known later, a correction\n"
      "or more evidence, is not in it. `expires` is null while a silence lasts; `area` has a "
      "circle\n"
      "that holds the evidence, wider by the corridor's width for a warning of a corridor, and "
      "the\n"
      "convex hull of the same as GeoJSON `geometry`. A warning that had expired when it was "
      "issued\n"
      "is counted and not written.\n\n"
      "--compare counts lines: the same, earlier, later, new, no more; joined: a warning of its "
      "own\n"
      "here, there one that stood went on; split: the other way round.\n\n"
      "Exit status 1 if a row cannot be read or ingest would refuse a report.\n\n"
      "  tocsinctl backtest --rules rules --events data/ucdp/ucdp_ged_2008_2009.csv --filer unmis "
      "\\\n"
      "    --out warnings.ndjson");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return RunBacktest(session, *arguments); };
  });
}

}  // namespace tocsin::ctl
